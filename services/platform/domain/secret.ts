import { crc32 } from 'node:zlib';

// Crockford's alphabet, lower-case: no letters that look like digits.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const base32 = (bytes: Uint8Array): string => {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31] ?? '';
    }
  }
  return bits === 0 ? text : text + (alphabet[(value << (5 - bits)) & 31] ?? '');
};

/** Bytes of chance in an API key: 160 bits. */
export const secretBytes = 20;

const checksumOf = (text: string): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return base32(bytes);
};

/**
 * An API key as its holder sends it: `lk_<stage>_`, 32 characters of chance and 7 of a CRC-32 over all before them, so that a scanner tells a
 * leaked key from what only looks like one, offline.
 */
export const secretOf = (stage: string, random: Uint8Array): string => {
  const text = `lk_${stage}_${base32(random)}`;
  return `${text}${checksumOf(text)}`;
};

/** Whether the checksum of what looks like an API key holds. */
export const isSecret = (text: string): boolean =>
  /^lk_[a-z][a-z0-9-]*_[0-9a-z]{39}$/.test(text) && checksumOf(text.slice(0, -7)) === text.slice(-7);
