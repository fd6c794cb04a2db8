import { expect, test } from "bun:test";
import { aesSealer } from "#platform/aes-sealer.ts";
import { systemRandom } from "#platform/effects.ts";

const name = new Uint8Array([1, 2, 3]);
const plain = new TextEncoder().encode("what a model said");
const sealer = aesSealer(new Uint8Array(32).fill(7), systemRandom);

test("what is sealed opens under its name, and is another text each time", () => {
  const [first, second] = [sealer.seal(plain, name), sealer.seal(plain, name)];
  expect(sealer.open(first, name)).toEqual(plain);
  expect(first).not.toEqual(second);
  expect(Buffer.from(first).includes("model")).toBe(false);
  expect(sealer.open(sealer.seal(new Uint8Array(), name), name)).toEqual(new Uint8Array());
});

test("another key, another name, a changed byte and what is too short open nothing", () => {
  const sealed = sealer.seal(plain, name);
  expect(aesSealer(new Uint8Array(32).fill(8), systemRandom).open(sealed, name)).toBeUndefined();
  expect(sealer.open(sealed, new Uint8Array([1]))).toBeUndefined();
  for (const at of [0, 14, sealed.length - 1]) {
    expect(sealer.open(sealed.with(at, (sealed[at] ?? 0) ^ 1), name)).toBeUndefined();
  }
  expect(sealer.open(sealed.subarray(0, 20), name)).toBeUndefined();
});
