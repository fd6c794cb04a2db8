import { expect, test } from "bun:test";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import { bytes } from "#http/plain-codec.ts";
import { replyOf, testDoors } from "#http/test-doors.ts";

const runtimeBufferBytes = 16 * 1024;

test("a stream begins with a part that fits into one packet together with the head, and loses nothing by it", async () => {
  const doors = testDoors();
  const texts = ["a".repeat(40_000), "b".repeat(40_000)];
  const pieces: ReplyPiece[] = texts.map((text) => ({ events: [], raw: bytes(text) }));
  doors.gateway.answer = async () => replyOf(pieces, "openai-chat");
  const response = await doors.chat({ model: "gpt-x", stream: true });
  const lengths: number[] = [];
  let text = "";
  for await (const part of response.body ?? []) {
    lengths.push(part.length);
    text += new TextDecoder().decode(part);
  }
  expect(text).toBe(texts.join(""));
  expect(lengths[0]).toBeLessThan(runtimeBufferBytes / 2);
  expect(lengths).toHaveLength(3);
});
