import { GatewayError } from "#core/errors.ts";

/** Size of a tar block. */
export const blockBytes = 512;

/** A file as its header tells it. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The header of a plain file (POSIX.1-1988 ustar), mode 0600, owned by nobody in particular. */
export function tarHeader({ name, bytes }: TarEntry, modifiedAtMs: number): Uint8Array {
  const block = new Uint8Array(blockBytes);
  const put = (text: string, offset: number): void => {
    block.set(encoder.encode(text), offset);
  };
  put(name, 0);
  put("0000600\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  // All twelve digits, without an end: up to 64 GiB.
  put(bytes.toString(8).padStart(12, "0"), 124);
  put(
    `${Math.floor(modifiedAtMs / 1000)
      .toString(8)
      .padStart(11, "0")}\0`,
    136,
  );
  put("0", 156);
  put("ustar\u000000", 257);
  put(`${checksum(block).toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/**
 * Reads a header; undefined for the block of zeros at the end. Throws `invalid_request` for whatever `tarHeader` does not
 * write: links, devices, directories, long names, extensions.
 */
export function readTarHeader(block: Uint8Array): TarEntry | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const sum = Number.parseInt(textAt(block, 148, 8), 8);
  if (sum !== checksum(block)) throw refusal("a header is damaged");
  if (block[156] !== 0x30) throw refusal("it holds something else than plain files");
  if (textAt(block, 257, 6) !== "ustar" || textAt(block, 157, 100) !== "" || textAt(block, 345, 155) !== "") {
    throw refusal("it was not written by this program");
  }
  const size = textAt(block, 124, 12);
  if (!/^[0-7]{12}$/.test(size)) throw refusal("a header is damaged");
  return { name: textAt(block, 0, 100), bytes: Number.parseInt(size, 8) };
}

/** How many zeros follow the bytes of a file, up to the end of its last block. */
export function paddingAfter(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

/** Sum of the bytes of a header, its own checksum taken as blanks. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

function textAt(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  try {
    return decoder.decode(end === -1 ? field : field.subarray(0, end));
  } catch {
    throw refusal("a name in it is no text");
  }
}

function refusal(why: string): GatewayError {
  return new GatewayError("invalid_request", `The archive cannot be taken: ${why}.`);
}
