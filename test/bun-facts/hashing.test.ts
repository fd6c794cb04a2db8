import { expect, test } from "bun:test";

test("a hasher starts anew after digest, so that one serves every row of the ledger", () => {
  const hasher = new Bun.CryptoHasher("sha256");
  const hash = (text: string): string => hasher.update(text).digest().toHex();
  const fresh = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest().toHex();
  expect([hash("one"), hash("two"), hash("one")]).toEqual([fresh("one"), fresh("two"), fresh("one")]);
});
