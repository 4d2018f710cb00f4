import { invalidField } from './problem.ts';

const refused = (detail: string) =>
  invalidField('', 'not_utf8', `The file is not UTF-8: ${detail} Save it as “CSV UTF-8” and send it again.`);

const decodes = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

/** The line, from 1, in which the first byte is that is not UTF-8. A newline's byte is never part of another character in UTF-8. */
const firstBadLine = (bytes: Buffer): number => {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const next = end < 0 ? bytes.length : end + 1;
    if (!decodes(bytes.subarray(start, next))) return line;
    start = next;
  }
  return line;
};

/**
 * A CSV file's text, without its byte order mark.
 *
 * @throws {Problem} 422 for another encoding, saying which it looks like, where, and what to do.
 */
export const csvTextOf = (bytes: Buffer): string => {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) throw refused('it is UTF-16.');
  if (!decodes(bytes)) throw refused(`line ${firstBadLine(bytes)} looks like Latin-1 (Windows-1252).`);
  const text = new TextDecoder('utf-8').decode(bytes);
  if (text.includes('\u0000')) throw invalidField('', 'control_character', 'The file has NUL characters, so it is no CSV.');
  return text;
};
