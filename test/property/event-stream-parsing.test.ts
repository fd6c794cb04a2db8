import { expect, test } from "bun:test";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { ServerSentEventSplitter } from "#core/wire/server-sent-events.ts";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "./fuzz-share.ts";

interface Seen {
  readonly event: string | undefined;
  readonly data: string;
}

const encoder = new TextEncoder();
const cases = fuzzCases;

const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "data: {}",
      "data:",
      "data",
      "data:  x",
      "event: ping",
      "event:",
      ": note",
      ":",
      "id: 1",
      "retry: 5",
      "nothing",
      "data: a\u{1F600}",
      " data: x",
      "data : y",
    ),
  },
  fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, "")}`),
);
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const scraps = fc.array(fc.tuple(fc.oneof(line, fc.constant("")), lineEnd), { maxLength: 30 });

/** What each parser sees of whole events that say something; half a frame at the end counts for nobody. */
function seenByUs(pieces: readonly Uint8Array[]): Seen[] {
  const splitter = new ServerSentEventSplitter();
  const seen: Seen[] = [];
  const read = (frame: { readonly event?: string; readonly data: string | undefined }): void => {
    if (frame.data !== undefined) seen.push({ event: frame.event, data: frame.data });
  };
  for (const piece of pieces) {
    splitter.add(piece);
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) read(frame);
  }
  for (const frame of splitter.end().frames) read(frame);
  return seen;
}

function seenByThem(text: string): Seen[] {
  const seen: Seen[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => seen.push({ event: event || undefined, data }) });
  parser.feed(text);
  // A carriage return at the very end might be half of a line end; the end of the stream settles it.
  if (text.endsWith("\r")) parser.feed("\n");
  return seen;
}

test(
  "F39, pitfall 54: event streams mean to us what they mean to another parser, however the bytes were cut",
  () => {
    fc.assert(
      fc.property(scraps, fc.array(fc.nat({ max: 400 }), { maxLength: 6 }), fc.boolean(), (lines, cuts, marked) => {
        const text = lines.map(([said, end]) => said + end).join("");
        // The mark is what decoding takes away, which the other parser leaves to its caller.
        const bytes = encoder.encode((marked ? "\ufeff" : "") + text);
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((to, index) => bytes.slice(at[index], to));
        expect(seenByUs(pieces)).toEqual(seenByThem(text));
      }),
      fuzzRun("event streams parsed by two", cases),
    );
  },
  fuzzTimeoutMs(cases),
);
