import { crc32 } from 'node:zlib';
import type { Answer } from './answers.ts';

/** Engines have names of their own for region and account, which must not differ from those in the functions' policies. */
export interface ArnTranslation {
  toEngine(operation: string, body: Buffer): Buffer;
  fromEngine(operation: string, reply: Answer): Answer;
}

const ANY = /arn:aws:dynamodb:[^:"]*:[^:"]*:/g;
/** In a stream's records; an attribute of that name would have a typed value, an object, and so is not meant. */
const RECORD_REGION = /"awsRegion":"[^"]*"/g;
/** Those of dynoxide, until we see others. */
const USUAL = 'arn:aws:dynamodb:dynoxide:000000000000:';

/** For operations without items in question or answer, or with `GetRecords`, whose items are left alone. */
export function translateArns({ region, account }: { readonly region: string; readonly account: string }): ArnTranslation {
  const ours = `arn:aws:dynamodb:${region}:${account}:`;
  let theirs = USUAL;
  return {
    toEngine: (operation, body) => (operation === 'GetRecords' ? body : Buffer.from(body.toString().replace(ANY, theirs))),
    fromEngine: (operation, reply) => {
      const text = reply.body.toString();
      const changed =
        operation === 'GetRecords'
          ? text.replace(RECORD_REGION, `"awsRegion":"${region}"`)
          : text.replace(ANY, (found) => {
              theirs = found;
              return ours;
            });
      if (changed === text) {
        return reply;
      }
      const body = Buffer.from(changed);
      return { ...reply, headers: { ...reply.headers, 'content-length': String(body.length), 'x-amz-crc32': String(crc32(body)) }, body };
    },
  };
}
