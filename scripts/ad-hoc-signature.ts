import { createHash } from "node:crypto";

const pageBytes = 4096;
const identifier = "tokligence\0";
const directoryBytes = 88;
const wrapperBytes = 20;
const hashBytes = 32;

/** The header of a Mach-O file, which load commands follow: where it has their number. As <mach-o/loader.h> has it, like the next. */
const header = { magic: 0xfeedfacf, commandCountAt: 16, bytes: 32 };
/** Where each load command has its length. */
const commandBytesAt = 4;
/** LC_SEGMENT_64: where it has its name, its length in memory, where it begins in the file, and its length there. */
const segmentCommand = { kind: 0x19, nameAt: 8, memoryBytesAt: 32, fileOffsetAt: 40, fileBytesAt: 48 };
/** LC_CODE_SIGNATURE: where it has where the signature begins in the file, and its length. */
const signatureCommand = { kind: 0x1d, fileOffsetAt: 8, fileBytesAt: 12 };

interface LoadCommands {
  /** Where the command that names the signature stands. */
  readonly signature: number;
  /** Where the command of the segment stands that the signature ends. */
  readonly linkEdit: number;
  /** How many bytes of the file may be run. */
  readonly textBytes: number;
}

/**
 * The same program with an ad-hoc signature in the place of the one that it has. Bun signs programs for ARM Macs anew and leaves in
 * those for Intel its own signature, which does not fit any more. Throws on what is no 64-bit Mach-O file with a signature.
 */
export function signedAdHoc(program: Uint8Array): Uint8Array {
  const found = loadCommandsOf(program);
  const codeBytes = viewOf(program).getUint32(found.signature + signatureCommand.fileOffsetAt, true);
  const pages = Math.ceil(codeBytes / pageBytes);
  const signatureBytes = roundedUp(wrapperBytes + directoryBytes + identifier.length + pages * hashBytes, 16);
  const signed = new Uint8Array(codeBytes + signatureBytes);
  signed.set(program.subarray(0, codeBytes));
  const view = viewOf(signed);
  view.setUint32(found.signature + signatureCommand.fileBytesAt, signatureBytes, true);
  const linkEditBytes = signed.length - Number(view.getBigUint64(found.linkEdit + segmentCommand.fileOffsetAt, true));
  view.setBigUint64(found.linkEdit + segmentCommand.memoryBytesAt, BigInt(roundedUp(linkEditBytes, pageBytes)), true);
  view.setBigUint64(found.linkEdit + segmentCommand.fileBytesAt, BigInt(linkEditBytes), true);
  // The load commands are signed as well, so nothing before the signature changes from here on.
  signed.set(signatureOf(signed.subarray(0, codeBytes), found.textBytes), codeBytes);
  return signed;
}

function loadCommandsOf(program: Uint8Array): LoadCommands {
  const view = viewOf(program);
  if (program.length < header.bytes || view.getUint32(0, true) !== header.magic)
    throw new Error("This is no 64-bit Mach-O file.");
  let at = header.bytes;
  let signature: number | undefined;
  const segments = new Map<string, number>();
  for (let left = view.getUint32(header.commandCountAt, true); left > 0; left -= 1) {
    const kind = view.getUint32(at, true);
    if (kind === signatureCommand.kind) signature = at;
    if (kind === segmentCommand.kind) segments.set(nameAt(program, at + segmentCommand.nameAt), at);
    at += view.getUint32(at + commandBytesAt, true);
  }
  const [linkEdit, text] = [segments.get("__LINKEDIT"), segments.get("__TEXT")];
  if (signature === undefined || linkEdit === undefined || text === undefined)
    throw new Error("This Mach-O file has no signature to replace.");
  return { signature, linkEdit, textBytes: Number(view.getBigUint64(text + segmentCommand.fileBytesAt, true)) };
}

/** One code directory in a wrapper, as Apple's linker writes it: big-endian, a SHA-256 for each page. */
function signatureOf(code: Uint8Array, textBytes: number): Uint8Array {
  const pages = Math.ceil(code.length / pageBytes);
  const directoryLength = directoryBytes + identifier.length + pages * hashBytes;
  const bytes = new Uint8Array(wrapperBytes + directoryLength);
  const view = viewOf(bytes);
  const words = [0xfade0cc0, bytes.length, 1, 0, wrapperBytes];
  // Version, flags (ad hoc, signed by a linker), where hashes and identifier begin, no special slots, pages, length of the code.
  words.push(0xfade0c02, directoryLength, 0x20400, 0x20002, directoryBytes + identifier.length, directoryBytes);
  words.push(0, pages, code.length);
  // SHA-256 of 32 bytes over pages of 2 to the power of 12.
  words.push(0x20020000 | Math.log2(pageBytes));
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word);
  view.setBigUint64(wrapperBytes + 72, BigInt(textBytes));
  view.setBigUint64(wrapperBytes + 80, 1n);
  bytes.set(new TextEncoder().encode(identifier), wrapperBytes + directoryBytes);
  for (let page = 0; page < pages; page += 1) {
    const hash = createHash("sha256").update(code.subarray(page * pageBytes, (page + 1) * pageBytes));
    bytes.set(hash.digest(), wrapperBytes + directoryBytes + identifier.length + page * hashBytes);
  }
  return bytes;
}

function nameAt(program: Uint8Array, at: number): string {
  return new TextDecoder().decode(program.subarray(at, at + 16)).replace(/\0.*/, "");
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function roundedUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}
