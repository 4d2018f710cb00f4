import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { asyncApiDocument } from '#contracts/asyncapi.ts';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { openApiDocument } from '#contracts/openapi.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { Extras } from './bundle.ts';
import { docsPage } from './docs-page.ts';

const fileAt = (url: string): Promise<Buffer> => readFile(fileURLToPath(url));

/** Noto Sans, and Noto Sans JP for what it has no glyphs for; with their licences, which go where the fonts go. */
const fonts = async () => ({
  'regular.ttf': await fileAt(import.meta.resolve('@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf')),
  'bold.ttf': await fileAt(import.meta.resolve('@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf')),
  'cjk.ttf': await fileAt(import.meta.resolve('@expo-google-fonts/noto-sans-jp/400Regular/NotoSansJP_400Regular.ttf')),
  'noto-sans-licence.txt': await fileAt(import.meta.resolve('@expo-google-fonts/noto-sans/LICENSE_FONT')),
  'noto-sans-jp-licence.txt': await fileAt(import.meta.resolve('@expo-google-fonts/noto-sans-jp/LICENSE_FONT')),
});

/** What functions carry beside their code: the documents of the API, generated from the contract, and the fonts of quotes and invoices. */
export const documents = async (services: readonly ServiceDeclaration[]): Promise<Extras> => ({
  'platform-docs': {
    'openapi.json': JSON.stringify(openApiDocument(services, { version: packageJson.version })),
    'asyncapi.json': JSON.stringify(asyncApiDocument(services, { version: packageJson.version })),
    'docs.html': await docsPage(),
  },
  'deals-documents': await fonts(),
});
