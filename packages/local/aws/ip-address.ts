/** An address as a number, and how many bits its kind has. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

const V4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const V6 = /^[0-9a-f:]*:[0-9a-f:]*$/i;
/** The upper 96 bits of an IPv4 address written as an IPv6 one (`::ffff:a.b.c.d`). */
const MAPPED = 0xffffn;

function parseV4(text: string): IpAddress | undefined {
  const bytes = text.split('.').map(Number);
  if (bytes.some((byte) => byte > 255)) {
    return undefined;
  }
  return { bits: 32, value: bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) };
}

function parseV6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  const groupsOf = (half: string | undefined): string[] => (half === undefined || half === '' ? [] : half.split(':'));
  const head = groupsOf(halves[0]);
  const tail = groupsOf(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) {
    return undefined;
  }
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) {
    return undefined;
  }
  const value = groups.reduce((sum, group) => sum * 65_536n + BigInt(Number.parseInt(group, 16)), 0n);
  return value >> 32n === MAPPED ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

/** Reads an IPv4 or IPv6 address; undefined if the text is none. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (V4.test(text)) {
    return parseV4(text);
  }
  return V6.test(text) ? parseV6(text) : undefined;
}

/**
 * A test for addresses of a block such as `10.0.0.0/8` or `2001:db8::/32`.
 * @throws Error saying what is wrong with the block.
 */
export function compileCidr(cidr: string): (text: string) => boolean {
  const [base = '', mask, ...rest] = cidr.split('/');
  if (mask === undefined || rest.length > 0) {
    throw new Error(`malformed CIDR "${cidr}": one "/" required`);
  }
  const address = parseIpAddress(base);
  if (address === undefined) {
    throw new Error(`malformed CIDR "${cidr}": no IP address before "/"`);
  }
  const { bits, value } = address;
  const fixed = /^\d+$/.test(mask) ? Number(mask) : -1;
  if (fixed < 0 || fixed >= bits) {
    throw new Error(`malformed CIDR "${cidr}": mask bits must be 0 to ${bits - 1}`);
  }
  const variable = BigInt(bits - fixed);
  const network = value >> variable;
  return (text) => {
    const candidate = parseIpAddress(text);
    return candidate !== undefined && candidate.bits === bits && candidate.value >> variable === network;
  };
}
