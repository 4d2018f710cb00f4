import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { longText, owner, text, webUrl } from '../core/text.ts';
import { commonFields, timestamp, timestampInput } from '../core/values.ts';

const ofDeal = { dealId: id('deal') };

export const NoteInput = z.strictObject({ body: longText() });
/** A comment on a deal; `createdBy` is the actor who wrote it. */
export const Note = z.object({ id: id('note'), ...ofDeal, body: longText(), createdBy: z.string(), ...commonFields });
export type Note = z.infer<typeof Note>;

const library = { title: text(), url: webUrl(), kind: text() };
export const LibraryInput = z.strictObject(library);
/** A document of a deal, which lies elsewhere. */
export const LibraryDocument = z.object({ id: id('document'), ...ofDeal, ...library, createdBy: z.string(), ...commonFields });
export type LibraryDocument = z.infer<typeof LibraryDocument>;

const followUp = { title: text(), dueAt: timestampInput(), assignee: z.optional(owner()), kind: z.optional(text()) };
export const TaskInput = z.strictObject(followUp);
export const TaskChange = z.strictObject({ ...followUp, done: z.boolean() });
/** Something to be done about a deal by a time. */
export const Task = z.object({
  id: id('task'),
  ...ofDeal,
  ...followUp,
  dueAt: timestamp(),
  done: z.boolean(),
  doneAt: z.optional(timestamp()),
  ...commonFields,
});
export type Task = z.infer<typeof Task>;

/** A deal's stay in a stage: `name` and `probability` as they were when it entered. `leftAt` is absent while it is there. */
export const StageStay = z.object({
  stageId: id('stage'),
  name: z.optional(z.string()),
  probability: z.number(),
  enteredAt: timestamp(),
  leftAt: z.optional(timestamp()),
  seconds: z.optional(z.int().check(z.minimum(0))),
});
export type StageStay = z.infer<typeof StageStay>;

export const CloneInput = z.strictObject({ name: z.optional(text()) });
