import { asyncApiDocument } from '#contracts/asyncapi.ts';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { openApiDocument } from '#contracts/openapi.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { Extras } from './bundle.ts';
import { docsPage } from './docs-page.ts';

/** The documents of the API, generated from the contract, for the function that serves them. */
export const documents = async (services: readonly ServiceDeclaration[]): Promise<Extras> => ({
  'platform-docs': {
    'openapi.json': JSON.stringify(openApiDocument(services, { version: packageJson.version })),
    'asyncapi.json': JSON.stringify(asyncApiDocument(services, { version: packageJson.version })),
    'docs.html': await docsPage(),
  },
});
