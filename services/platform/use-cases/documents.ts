import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { platformRoutes } from '#contracts/routes/platform.ts';
import { content } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';

/** Reads a file that lies beside the function's code. */
export type ReadBeside = (name: string) => Promise<string>;

export const readBeside =
  (base: string): ReadBeside =>
  (name) =>
    readFile(new URL(`./${name}`, base), 'utf8');

interface Document {
  readonly text: string;
  readonly etag: string;
}

/** A document read once, while the function lives. A failed read is tried again. */
const keeping = (read: ReadBeside, name: string): (() => Promise<Document>) => {
  let kept: Document | undefined;
  return async () => {
    if (kept) return kept;
    const text = await read(name);
    kept = { text, etag: createHash('sha256').update(text).digest('base64url').slice(0, 22) };
    return kept;
  };
};

/** A JSON document, by name. */
const json = (read: ReadBeside, name: string) => {
  const document = keeping(read, name);
  return async () => {
    const { text, etag } = await document();
    return content('application/json', text, { etag });
  };
};

/** The page says itself what may run on it; that nobody may frame it can be said by a header only. */
const policyOf = (html: string): string => {
  const own = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(html)?.[1] ?? "default-src 'none'";
  return `${own}; frame-ancestors 'none'`;
};

/** The documents of the API and the page that shows them. */
export const documentHandlers = (
  read: ReadBeside,
): {
  readonly getOpenApi: Handler<(typeof platformRoutes)['getOpenApi']>;
  readonly getAsyncApi: Handler<(typeof platformRoutes)['getAsyncApi']>;
  readonly getReference: Handler<(typeof platformRoutes)['getReference']>;
} => {
  const page = keeping(read, 'docs.html');
  // The same for everyone, and new with a deployment only: a browser keeps the page for minutes, then asks for it by its tag.
  const cached = { 'cache-control': 'public, max-age=300' };
  return {
    getOpenApi: json(read, 'openapi.json'),
    getAsyncApi: json(read, 'asyncapi.json'),
    getReference: async () => {
      const { text, etag } = await page();
      const headers = { ...cached, 'content-security-policy': policyOf(text), 'referrer-policy': 'no-referrer' };
      return content('text/html; charset=utf-8', text, { etag, headers });
    },
  };
};
