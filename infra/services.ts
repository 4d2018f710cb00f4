import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { accounts } from '#services/accounts/service.ts';
import { deals } from '#services/deals/service.ts';
import { intake } from '#services/intake/service.ts';
import { platform } from '#services/platform/service.ts';
import { qualification } from '#services/qualification/service.ts';

/** Every service of the app. A new one is its folder and a line here. */
export const services: readonly ServiceDeclaration[] = [intake, qualification, accounts, deals, platform];
