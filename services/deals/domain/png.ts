import { crc32, inflateSync } from 'node:zlib';

const mostLogoBytes = 128 * 1024;

/** Pixels each way; more than a letterhead can show, and what makes a PDF slow. */
const mostPixels = 2_048;

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

// Samples per pixel and the bit depths that each colour type may have: https://www.w3.org/TR/png-3/#11IHDR
const colourTypes: Readonly<Record<number, { readonly samples: number; readonly depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** Chunks up to the end; undefined when lengths or checksums don't hold. */
const chunksOf = (bytes: Buffer): Chunk[] | undefined => {
  const chunks: Chunk[] = [];
  let at = signature.length;
  while (at + 12 <= bytes.length) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length || crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return undefined;
    chunks.push({ type: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(at + 8, end) });
    at = end + 4;
  }
  return at === bytes.length ? chunks : undefined;
};

// Sizes of the seven passes of an interlaced image: https://www.w3.org/TR/png-3/#8Interlace
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

const rawBytes = (width: number, height: number, bitsPerPixel: number, interlaced: boolean): number => {
  const sized = (w: number, h: number): number => (w === 0 || h === 0 ? 0 : h * (1 + Math.ceil((w * bitsPerPixel) / 8)));
  if (!interlaced) return sized(width, height);
  return passes.reduce((sum, [x, y, dx, dy]) => sum + sized(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)), 0);
};

const inflatesTo = (data: Buffer, size: number): boolean => {
  try {
    return inflateSync(data, { maxOutputLength: size + 1 }).length >= size;
  } catch {
    return false;
  }
};

const isWhole = (chunks: readonly Chunk[]): boolean => {
  const [header] = chunks;
  if (header?.type !== 'IHDR' || header.data.length !== 13 || chunks.at(-1)?.type !== 'IEND') return false;
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  const [depth = 0, colour = 0, compression, filter, interlace = 0] = header.data.subarray(8);
  const kind = colourTypes[colour];
  if (!kind?.depths.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) return false;
  if (colour === 3 && !chunks.some(({ type }) => type === 'PLTE')) return false;
  if (width === 0 || height === 0) return false;
  if (width > mostPixels || height > mostPixels) return true;
  const pixels = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  return inflatesTo(pixels, rawBytes(width, height, kind.samples * depth, interlace === 1));
};

/** What is wrong with a logo in base64: not base64, not a whole PNG (checksums and pixels included), or too large. */
export const pngFault = (base64: string): { readonly code: string; readonly detail: string } | undefined => {
  const tooBig = { code: 'too_big', detail: 'must be at most 128 KiB and 2,048 pixels each way' };
  if (base64.length > Math.ceil(mostLogoBytes / 3) * 4) return tooBig;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) return { code: 'base64', detail: 'must be base64' };
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > mostLogoBytes) return tooBig;
  const chunks = bytes.subarray(0, signature.length).equals(signature) ? chunksOf(bytes) : undefined;
  if (chunks === undefined || !isWhole(chunks)) return { code: 'png', detail: 'must be a whole PNG image' };
  const { data = Buffer.alloc(8) } = chunks[0] ?? {};
  return Math.max(data.readUInt32BE(0), data.readUInt32BE(4)) > mostPixels ? tooBig : undefined;
};
