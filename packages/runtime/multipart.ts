import { Busboy } from '@fastify/busboy';
import { invalidField, malformed } from './problem.ts';
import { pointerTo } from './validation.ts';

/**
 * The fields of a multipart/form-data body in their order. The empty part that a browser sends for a file input left alone is none of them.
 *
 * @throws {Problem} 400 when it is not multipart/form-data, 422 for a file.
 */
export const multipartPairs = async (bytes: Buffer, contentType: string): Promise<[string, string][]> =>
  new Promise((resolve, reject) => {
    const pairs: [string, string][] = [];
    const refuse = (): void => reject(malformed('malformed-request', 'The body is not valid multipart/form-data.'));
    try {
      const parser = new Busboy({ headers: { 'content-type': contentType }, limits: { fieldSize: bytes.length } });
      parser.on('field', (name: string | undefined, value) => {
        if (name !== undefined) pairs.push([name, value]);
      });
      parser.on('file', (name: string | undefined, file) => {
        file.on('data', () => reject(invalidField(pointerTo([name ?? '']), 'file_not_accepted', 'files are not accepted')));
        // The body ends within the file: the parser says so as well.
        file.on('error', refuse);
      });
      parser.on('error', refuse);
      parser.on('finish', () => resolve(pairs));
      parser.end(bytes);
    } catch {
      refuse();
    }
  });
