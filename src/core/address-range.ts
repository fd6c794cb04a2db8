/** The bytes of an IP address, 4 or 16; undefined for what is no address in its usual notation (RFC 4291, RFC 6943). */
export function addressBytes(text: string): Uint8Array | undefined {
  return text.includes(":") ? bytesOfVersion6(text) : bytesOfVersion4(text);
}

/**
 * Whether an address is somebody's on the public internet: none of the special-purpose registries of IANA (RFC 6890 and its
 * successors), so not private, shared, loopback, link-local, multicast, documentation, nor one that stands for another
 * (mapped, NAT64, 6to4, Teredo). False for what is no address.
 */
export function isPublicAddress(text: string): boolean {
  const bytes = addressBytes(text);
  if (bytes === undefined) return false;
  if (bytes.length === 4) return !within(bytes, special4);
  return within(bytes, global6) && !within(bytes, special6);
}

/**
 * Whether an address is where clouds tell a machine its secrets: IPv4 link-local as a whole and the known ones beside it, in
 * every form in which an IPv6 address carries them.
 */
export function isMetadataAddress(text: string): boolean {
  const bytes = addressBytes(text);
  if (bytes === undefined) return false;
  if (bytes.length === 4) return within(bytes, metadata4);
  return within(bytes, metadata6) || (within(bytes, carrying4) && within(bytes.subarray(12), metadata4));
}

/** Whether a URL's host is a metadata service, by address or by its usual name. */
export function isMetadataHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  return metadataNames.has(name) || isMetadataAddress(name.replace(/^\[(.*)\]$/, "$1"));
}

const metadataNames = new Set(["metadata", "metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"]);

/** Addresses that begin with the same bits, in CIDR notation (RFC 4632, RFC 4291). */
export interface AddressRange {
  /** 4 or 16 bytes. */
  readonly start: Uint8Array;
  /** How many of their first bits count. */
  readonly bits: number;
}

/** The range in a text such as `10.0.0.0/8`, `2001:db8::/32` or a single address; undefined for what is none. */
export function addressRange(text: string): AddressRange | undefined {
  const match = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text);
  const start = match?.[1] === undefined ? undefined : addressBytes(match[1]);
  if (start === undefined) return undefined;
  const bits = match?.[2] === undefined ? start.length * 8 : Number(match[2]);
  return bits > start.length * 8 ? undefined : unmapped({ start, bits });
}

/** Whether an address is in one of the ranges; one of IPv4 is the same mapped into IPv6 (`::ffff:10.0.0.1`). */
export function isWithin(address: string, among: readonly AddressRange[]): boolean {
  const range = addressRange(address.replace(/%.*$/, ""));
  return range !== undefined && among.some((outer) => coversRange(outer, range));
}

/** Whether all of a range lies in another. */
export function coversRange(outer: AddressRange, inner: AddressRange): boolean {
  return inner.bits >= outer.bits && inner.start.length === outer.start.length && within(inner.start, [outer]);
}

function unmapped({ start, bits }: AddressRange): AddressRange {
  if (bits < 96 || start.length === 4 || !within(start, mapped4)) return { start, bits };
  return { start: start.subarray(12), bits: bits - 96 };
}

const special4 = ranges(
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 " +
    "192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 " +
    "240.0.0.0/4",
);
const global6 = ranges("2000::/3");
const special6 = ranges("2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20");
const metadata4 = ranges("169.254.0.0/16 100.100.100.200/32 192.0.0.192/32");
const metadata6 = ranges("fd00:ec2::254/128 fd20:ce::254/128");
const mapped4 = ranges("::ffff:0:0/96");
const carrying4 = ranges("::ffff:0:0/96 ::/96 64:ff9b::/96 64:ff9b:1::/96");

function ranges(text: string): readonly AddressRange[] {
  return text.split(" ").map((range) => {
    const [address = "", bits = ""] = range.split("/");
    const start = addressBytes(address);
    if (start === undefined) throw new Error(`${range} is no range of addresses`);
    return { start, bits: Number(bits) };
  });
}

function within(bytes: Uint8Array, among: readonly AddressRange[]): boolean {
  return among.some(({ start, bits }) => {
    const whole = bits >> 3;
    for (let index = 0; index < whole; index += 1) if (bytes[index] !== start[index]) return false;
    const mask = (0xff00 >> (bits & 7)) & 0xff;
    return mask === 0 || ((bytes[whole] ?? 0) & mask) === ((start[whole] ?? 0) & mask);
  });
}

function bytesOfVersion4(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const numbers = match?.slice(1).map(Number);
  return numbers === undefined || numbers.some((number) => number > 255) ? undefined : Uint8Array.from(numbers);
}

function bytesOfVersion6(text: string): Uint8Array | undefined {
  // A zone (`%eth0`) names an interface, not another address.
  const plain = text.replace(/%.*$/, "").replace(/(?<=:)\d+\.\d+\.\d+\.\d+$/, (tail) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytesOfVersion4(tail) ?? [];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const halves = plain.split("::");
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const gap = 8 - head.length - (tail?.length ?? 0);
  if (halves.length > 2 || (tail === undefined ? gap !== 0 : gap < 1)) return undefined;
  const groups = [...head, ...Array.from({ length: tail === undefined ? 0 : gap }, () => "0"), ...(tail ?? [])];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}
