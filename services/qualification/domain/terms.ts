import type * as z from 'zod/mini';
import type { Conversion as ConversionSchema, ConvertedTo as ConvertedToSchema } from '#contracts/resources/lead.ts';

export type { LeadStanding, LeadState, LeadStatus } from '#contracts/resources/lead.ts';
export type { Contribution, Criteria, DisqualifyInput, StatusChange } from '#contracts/resources/qualification.ts';
export type Conversion = z.infer<typeof ConversionSchema>;
export type ConvertedTo = z.infer<typeof ConvertedToSchema>;
