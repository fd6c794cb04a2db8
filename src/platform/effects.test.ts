import { expect, test } from "bun:test";
import { systemClock, systemDigest, systemIds, systemRandom } from "#platform/effects.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (value: Uint8Array) => value.toHex();

test("ids carry their kind, are UUIDv7 and sort by creation", () => {
  const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (const [prefix, id] of [
    ["req_", systemIds.request()],
    ["usr_", systemIds.user()],
    ["key_", systemIds.key()],
    ["node_", systemIds.node()],
  ] as const) {
    expect(id.startsWith(prefix)).toBe(true);
    expect(id.slice(prefix.length)).toMatch(uuid7);
  }
  const many = Array.from({ length: 10_000 }, () => systemIds.request());
  expect(many.toSorted()).toEqual(many);
  expect(new Set(many).size).toBe(many.length);
});

test("digests match the published vectors", () => {
  expect(hex(systemDigest.sha256(bytes("a"), bytes("bc")))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  // RFC 4231 test case 2
  expect(hex(systemDigest.hmacSha256(bytes("Jefe"), bytes("what do ya want for nothing?")))).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  // RFC 5869 test case 3
  expect(hex(systemDigest.hkdfSha256(new Uint8Array(22).fill(0x0b), "", 42))).toBe(
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  );
  expect(systemDigest.crc32(bytes("123456789"))).toBe(0xcbf43926);
});

test("a digest is a plain Uint8Array", () => {
  expect(Object.getPrototypeOf(systemDigest.sha256(bytes("x")))).toBe(Uint8Array.prototype);
  expect(Object.getPrototypeOf(systemDigest.hmacSha256(bytes("k"), bytes("x")))).toBe(Uint8Array.prototype);
});

test("comparison is true only for the same bytes and never throws on lengths", () => {
  expect(systemDigest.equal(bytes("abc"), bytes("abc"))).toBe(true);
  expect(systemDigest.equal(bytes("abc"), bytes("abd"))).toBe(false);
  expect(systemDigest.equal(bytes("abc"), bytes("ab"))).toBe(false);
});

test("randomness has the asked length and does not repeat", () => {
  expect(systemRandom.bytes(32)).toHaveLength(32);
  expect(hex(systemRandom.bytes(32))).not.toBe(hex(systemRandom.bytes(32)));
  expect(systemRandom.uniform()).toBeWithin(0, 1);
});

test("a cancelled task never runs, a far one does not fire at once", async () => {
  const ran: string[] = [];
  const cancel = systemClock.after(1, () => ran.push("cancelled"));
  cancel();
  cancel();
  const cancelFar = systemClock.after(Number.MAX_SAFE_INTEGER, () => ran.push("far"));
  await new Promise<void>((resolve) => {
    systemClock.after(5, resolve);
  });
  cancelFar();
  expect(ran).toEqual([]);
});
