import { expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("SHA-256 gives the published digests (FIPS 180-4 examples), however the message is cut", () => {
  expect(pureDigest.sha256().toHex()).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(pureDigest.sha256(bytes("abc")).toHex()).toBe(abc);
  expect(pureDigest.sha256(bytes("a"), bytes(""), bytes("bc")).toHex()).toBe(abc);
  expect(pureDigest.sha256(bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).toHex()).toBe(
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
});

test("HMAC-SHA-256 gives the digests of RFC 4231, long keys included", () => {
  expect(pureDigest.hmacSha256(bytes("Jefe"), bytes("what do ya want for nothing?")).toHex()).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  const longKey = new Uint8Array(131).fill(0xaa);
  expect(pureDigest.hmacSha256(longKey, bytes("Test Using Larger Than Block-Size Key - Hash Key First")).toHex()).toBe(
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  );
});

test("HKDF-SHA-256 gives the output of RFC 5869, case 3", () => {
  expect(pureDigest.hkdfSha256(new Uint8Array(22).fill(0x0b), "", 42).toHex()).toBe(
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  );
});

test("CRC-32 gives its check value, and equality needs every byte", () => {
  expect(pureDigest.crc32(bytes("123456789"))).toBe(0xcbf43926);
  expect(pureDigest.equal(bytes("same"), bytes("same"))).toBe(true);
  expect(pureDigest.equal(bytes("same"), bytes("sane"))).toBe(false);
  expect(pureDigest.equal(bytes("same"), bytes("sam"))).toBe(false);
});
