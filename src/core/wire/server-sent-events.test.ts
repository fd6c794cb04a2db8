import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "#core/errors.ts";
import { maxFrameBytes, type ServerSentEvent, ServerSentEventSplitter } from "#core/wire/server-sent-events.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

interface Seen {
  readonly raw: string;
  readonly event: string | undefined;
  readonly data: string | undefined;
}

function split(chunks: readonly Uint8Array[]): { frames: Seen[]; half: string | undefined } {
  const splitter = new ServerSentEventSplitter();
  const pushed = chunks.flatMap((chunk) => framesOf(splitter, chunk));
  const { frames, half } = splitter.end();
  const seen = [...pushed, ...frames].map(({ raw, event, data }) => ({ raw: decoder.decode(raw), event, data }));
  return { frames: seen, half: half === undefined ? undefined : decoder.decode(half.raw) };
}

function framesOf(splitter: ServerSentEventSplitter, chunk: Uint8Array): ServerSentEvent[] {
  splitter.add(chunk);
  return [...iterate(() => splitter.next())];
}

function* iterate<Item>(next: () => Item | undefined): Generator<Item> {
  for (let item = next(); item !== undefined; item = next()) yield item;
}

const whole = (text: string) => split([encoder.encode(text)]);
const meaning = (text: string) => whole(text).frames.map(({ event, data }) => [event, data]);

/** The grammar of the standard taken literally, over the whole text at once: a second opinion. */
function literalParse(text: string): (string | undefined)[][] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  lines.pop();
  const events: (string | undefined)[][] = [];
  let event: string | undefined;
  let data: string[] = [];
  for (const line of lines) {
    if (line === "") {
      if (data.length > 0) events.push([event, data.join("\n")]);
      event = undefined;
      data = [];
      continue;
    }
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") data.push(value ?? "");
    if (field === "event") event = value === "" || value === undefined ? undefined : value;
  }
  return events;
}

describe("the frames of an event stream", () => {
  test("data, event names, comments and several data lines are read as the standard says", () => {
    expect(meaning("data: one\n\n")).toEqual([[undefined, "one"]]);
    expect(meaning("event: ping\ndata: {}\n\n")).toEqual([["ping", "{}"]]);
    expect(meaning(": keep-alive\n\ndata:x\n\n")).toEqual([
      [undefined, undefined],
      [undefined, "x"],
    ]);
    expect(meaning("data: a\ndata: b\n\n")).toEqual([[undefined, "a\nb"]]);
    expect(meaning("data\n\ndata:  two spaces\n\n")).toEqual([
      [undefined, ""],
      [undefined, " two spaces"],
    ]);
  });

  test("CR, LF and CRLF end lines, mixed too", () => {
    expect(meaning("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n")).toEqual(
      ["a", "b", "c", "d"].map((data) => [undefined, data]),
    );
  });

  test("a leading byte order mark is left out, one in the middle is text", () => {
    const { frames } = whole("\uFEFFdata: a\n\ndata: \uFEFFb\n\n");
    expect(frames.map((frame) => frame.data)).toEqual(["a", "\uFEFFb"]);
    expect(frames[0]?.raw).toBe("data: a\n\n");
  });

  test("what no blank line ended is told apart", () => {
    expect(whole("data: a\n\ndata: b\n")).toMatchObject({ frames: [{ data: "a" }], half: "data: b\n" });
    expect(whole("data: a\r\r").half).toBeUndefined();
  });

  test("a frame in one chunk is a view, not a copy", () => {
    const chunk = encoder.encode("data: a\n\ndata: b\n\n");
    const frames = framesOf(new ServerSentEventSplitter(), chunk);
    expect(frames.every((frame) => frame.raw.buffer === chunk.buffer)).toBe(true);
  });

  test("frames given out do not change when more bytes come", () => {
    const splitter = new ServerSentEventSplitter();
    framesOf(splitter, encoder.encode("data: fi"));
    const first = framesOf(splitter, encoder.encode("rst\n\ndata: sec"))[0];
    framesOf(splitter, encoder.encode(`ond${"x".repeat(2000)}\n\n`));
    expect(decoder.decode(first?.raw)).toBe("data: first\n\n");
  });
});

test("F39 T-07 the same frames come out at every cut, and agree with a literal reading of the standard", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "data: x",
      "data:é漢🙂",
      "data",
      ": note",
      "event: ping",
      "event:",
      "id: 7",
      "retry: 1",
      "",
      "data: a:b",
    ),
    fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.toWellFormed().replace(/[\r\n]/g, "")),
  );
  const stream = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n", "\n\n", "\r\n\r\n")), { maxLength: 12 });
  fc.assert(
    fc.property(stream, fc.boolean(), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (parts, mark, sizes) => {
      const text = (mark ? "\uFEFF" : "") + parts.flat().join("");
      const bytes = encoder.encode(text);
      const uncut = split([bytes]);
      const singles = split([...bytes].map((byte) => new Uint8Array([byte])));
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = sizes.next().value ?? 1;
        chunks.push(bytes.slice(at, at + size));
        at += size;
      }
      expect(singles).toEqual(uncut);
      expect(split(chunks)).toEqual(uncut);
      expect(
        uncut.frames.filter((frame) => frame.data !== undefined).map((frame) => [frame.event, frame.data]),
      ).toEqual(literalParse(text));
      const joined = uncut.frames.map((frame) => frame.raw).join("") + (uncut.half ?? "");
      expect(joined.replace(/\r\n$/, "\r")).toBe(text.replace(/^\uFEFF/, "").replace(/\r\n$/, "\r"));
    }),
    { numRuns: 400 },
  );
});

test("F40 an endless line is given up at the limit, whole or in small pieces", () => {
  const endless = (size: number) => () => {
    const splitter = new ServerSentEventSplitter();
    const piece = new Uint8Array(size).fill(0x61);
    for (let sent = 0; sent <= maxFrameBytes; sent += size) framesOf(splitter, piece);
  };
  for (const size of [maxFrameBytes + 1, 65_536, 16_000]) {
    expect(endless(size)).toThrow(GatewayError);
    expect(endless(size)).toThrow("too large");
  }
});

test("T-07 a line far beyond 64 KB passes", () => {
  const text = "x".repeat(1_000_000);
  expect(whole(`data: ${text}\n\n`).frames[0]?.data).toBe(text);
});
