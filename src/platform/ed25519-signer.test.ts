import { expect, test } from "bun:test";
import { ed25519Signer } from "#platform/ed25519-signer.ts";

test("key and signature are those of RFC 8032, section 7.1, tests 1 and 3", () => {
  const first = ed25519Signer(Uint8Array.fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  expect(first.publicKey.toHex()).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  expect(first.sign(new Uint8Array(0)).toHex()).toBe(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  const third = ed25519Signer(Uint8Array.fromHex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
  expect(third.sign(Uint8Array.fromHex("af82")).toHex()).toBe(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  );
});

test("a signature holds for its message and its key alone", () => {
  const [ours, theirs] = [1, 2].map((fill) => ed25519Signer(new Uint8Array(32).fill(fill)));
  const message = new TextEncoder().encode("row 1000");
  const signature = ours?.sign(message) ?? new Uint8Array(64);
  expect(ours?.verify(message, signature)).toBe(true);
  expect(ours?.verify(new TextEncoder().encode("row 1001"), signature)).toBe(false);
  expect(theirs?.verify(message, signature)).toBe(false);
  expect(ours?.verify(message, new Uint8Array(3))).toBe(false);
});
