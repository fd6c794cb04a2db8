import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { signedAdHoc } from "./ad-hoc-signature.ts";

const codeBytes = 3 * 4096 + 512;
const linkEditAt = 2 * 4096;

/** A Mach-O file with two segments and a signature of 100 bytes that fits nothing. */
function program(): Uint8Array {
  const bytes = new Uint8Array(codeBytes + 100).fill(7);
  const view = new DataView(bytes.buffer);
  const header = [0xfeedfacf, 0x1000007, 3, 2, 3, 72 + 72 + 16, 0, 0];
  for (const [index, word] of header.entries()) view.setUint32(index * 4, word, true);
  const segment = (at: number, name: string, offset: number, length: number): void => {
    view.setUint32(at, 0x19, true);
    view.setUint32(at + 4, 72, true);
    bytes.set(new TextEncoder().encode(name.padEnd(16, "\0")), at + 8);
    view.setBigUint64(at + 32, 4096n, true);
    view.setBigUint64(at + 40, BigInt(offset), true);
    view.setBigUint64(at + 48, BigInt(length), true);
  };
  segment(32, "__TEXT", 0, 4096);
  segment(104, "__LINKEDIT", linkEditAt, bytes.length - linkEditAt);
  for (const [index, word] of [0x1d, 16, codeBytes, 100].entries()) view.setUint32(176 + index * 4, word, true);
  return bytes;
}

test("every page of the program has its SHA-256 in the signature, the last one as long as it is", () => {
  const signed = signedAdHoc(program());
  const directory = new DataView(signed.buffer, codeBytes + 20);
  expect(directory.getUint32(0)).toBe(0xfade0c02);
  expect(directory.getUint32(12)).toBe(0x20002);
  expect(directory.getUint32(28)).toBe(4);
  expect(directory.getUint32(32)).toBe(codeBytes);
  const hashes = codeBytes + 20 + directory.getUint32(16);
  const found = [0, 1, 2, 3].map((page) => signed.subarray(hashes + page * 32, hashes + (page + 1) * 32).toHex());
  const wanted = [0, 1, 2, 3].map((page) =>
    createHash("sha256")
      .update(signed.subarray(page * 4096, Math.min(codeBytes, (page + 1) * 4096)))
      .digest("hex"),
  );
  expect(found).toEqual(wanted);
});

test("the file ends with the signature, as the load commands say", () => {
  const signed = signedAdHoc(program());
  const view = new DataView(signed.buffer);
  expect(view.getUint32(184, true) + view.getUint32(188, true)).toBe(signed.length);
  expect(view.getBigUint64(104 + 40, true) + view.getBigUint64(104 + 48, true)).toBe(BigInt(signed.length));
  expect(Number(view.getBigUint64(104 + 32, true))).toBeGreaterThanOrEqual(signed.length - linkEditAt);
});

test("signing again changes nothing", () => {
  const signed = signedAdHoc(program());
  expect(Buffer.compare(signedAdHoc(signed), signed)).toBe(0);
});

test("what is no such file, or has no signature, is refused", () => {
  expect(() => signedAdHoc(new Uint8Array(100))).toThrow("no 64-bit Mach-O");
  const unsigned = program();
  unsigned[176] = 0x2a;
  expect(() => signedAdHoc(unsigned)).toThrow("no signature to replace");
});
