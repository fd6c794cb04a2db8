import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { TokenBook } from "#core/translation/token-book.ts";

const made = (data: string): ChatEvent => ({ type: "reasoning-token", choice: 0, token: { kind: "signature", data } });

test("T-18: the book knows who made a token, and nothing of one that nobody saw", () => {
  const book = new TokenBook({ digest: pureDigest, limit: 10 });
  book.remember("a", [{ type: "reasoning", choice: 0, text: "hm" }, made("one"), made("two")]);
  book.remember("b", [made("three")]);
  expect(["one", "two", "three", "four"].map((token) => book.makerOf(token))).toEqual(["a", "a", "b", undefined]);
});

test("the book forgets the oldest when it is full", () => {
  const book = new TokenBook({ digest: pureDigest, limit: 4 });
  for (let count = 0; count < 20; count += 1) book.remember("a", [made(`t${count}`)]);
  expect(book.makerOf("t0")).toBeUndefined();
  expect(book.makerOf("t19")).toBe("a");
});
