import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { fixtureServices } from '../test/infra/fixtures/services.ts';

/** Every service of the app. A new one is its folder and a line here. */
export const services: readonly ServiceDeclaration[] = fixtureServices;
