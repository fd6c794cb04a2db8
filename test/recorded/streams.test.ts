/** Recorded streams mean the same wherever the network cuts them. */
import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { codecs } from "#core/wire/codecs.ts";
import { answered, chatProtocols, decodeStream } from "./exchanges.ts";

/** Up to this size a stream is cut in two at each of its bytes. */
const cutEverywhereBytes = 16_384;
const seed = 20_261_120;

describe.each([...chatProtocols])("pitfall 54 F16 streams of %s, cut anywhere", (protocol) => {
  const codec = codecs[protocol];
  for (const exchange of answered.filter((one) => one.protocol === protocol && one.streamed)) {
    const bytes = exchange.answer;
    test(`${exchange.name}, ${bytes.length} bytes`, () => {
      const expected = meaning(decoded(() => decodeStream(codec, bytes, [])));
      const check = (cuts: readonly number[], what: string): void => {
        const seen = meaning(decoded(() => decodeStream(codec, bytes, cuts)));
        if (seen !== expected) expect({ what, seen }).toEqual({ what, seen: expected });
      };
      check(
        Array.from({ length: bytes.length }, (_, index) => index),
        "byte by byte",
      );
      if (bytes.length <= cutEverywhereBytes) {
        for (let cut = 1; cut < bytes.length; cut += 1) check([cut], `in two at ${cut}`);
        return;
      }
      const random = randomFrom(seed);
      const cuts = Array.from({ length: 500 }, () => Math.floor(random() * bytes.length)).toSorted((a, b) => a - b);
      check(cuts, `500 cuts, seed ${seed}`);
    });
  }
});

/** Events, text that goes on joined, or the failure that they end in. */
function decoded(decode: () => ChatEvent[]): unknown {
  try {
    return joined(decode());
  } catch (error) {
    return String(error);
  }
}

/** Frames of text that arrive together may be read as one, which then says how many they were. */
function joined(events: readonly ChatEvent[]): ChatEvent[] {
  const all: ChatEvent[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if (last !== undefined && "text" in last && "text" in event && sameKind(last, event)) {
      all[all.length - 1] = {
        ...last,
        text: last.text + event.text,
        ...(last.type === "refusal" ? {} : { frames: framesOf(last) + framesOf(event) }),
      };
    } else all.push(event);
  }
  return all;
}

function sameKind(a: ChatEvent, b: ChatEvent): boolean {
  return JSON.stringify({ ...a, text: "", frames: 0 }) === JSON.stringify({ ...b, text: "", frames: 0 });
}

function framesOf(event: ChatEvent): number {
  return "frames" in event ? (event.frames ?? 1) : 1;
}

function meaning(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (inner instanceof Error ? String(inner) : inner));
}

/** Marsaglia's xorshift, 32 bits: the same cuts on every machine. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
