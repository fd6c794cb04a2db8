import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import { parseObject } from "#core/wire/json-value.ts";
import { AlikeFrames } from "#core/wire/openai-chat/alike-frames.ts";
import { ChunkReader } from "#core/wire/openai-chat/chunk-reader.ts";
import { ServerSentEventSplitter } from "#core/wire/server-sent-events.ts";

const encoder = new TextEncoder();

const frame = (delta: object, more: object = {}, choice: object = {}) =>
  `data: ${JSON.stringify({ id: "1", model: "m", choices: [{ index: 0, delta, finish_reason: null, ...choice }], ...more })}\n\n`;

function knowing(text: string): AlikeFrames {
  const splitter = new ServerSentEventSplitter();
  const reader = new ChunkReader("req_own");
  const alike = new AlikeFrames();
  splitter.add(encoder.encode(text));
  for (let next = splitter.next(); next !== undefined; next = splitter.next()) {
    alike.learn(next, reader.read(parseObject(next.data ?? "") ?? {}));
  }
  return alike;
}

/** The text of the run at the beginning, and what follows the run. */
function read(alike: AlikeFrames, text: string): { event: ChatEvent; rest: string } | undefined {
  const bytes = encoder.encode(text);
  const run = alike.read(bytes, 0);
  return run && { event: run.event, rest: new TextDecoder().decode(bytes.subarray(run.end)) };
}

const hello = frame({ content: "Hello" });

test("frames with another text are one run, whatever language it is in; the run ends at the first that differs", () => {
  const other = frame({ role: "assistant" });
  const alike = knowing(hello);
  const run = frame({ content: " wörld" }) + frame({ content: "" }) + frame({ content: " 漢🙂" });
  expect(read(alike, run + other)).toEqual({
    event: { type: "text", choice: 0, text: " wörld 漢🙂", frames: 2 },
    rest: other,
  });
  expect(read(alike, other + run)).toBeUndefined();
  expect(read(alike, hello.slice(0, -1))).toBeUndefined();
});

test("reasoning is known again as reasoning, and the answer after it is learned anew", () => {
  const thought = frame({ reasoning_content: "hm" });
  expect(read(knowing(thought), thought)?.event).toEqual({ type: "reasoning", choice: 0, text: "hm" });
  expect(read(knowing(thought + hello), hello)?.event).toEqual({ type: "text", choice: 0, text: "Hello" });
});

test("a text with escapes is read as the parser would", () => {
  for (const content of ['"', "\\", "\\\\", "\n", "é\u0000", 'say "hi"\n', '"}}]}']) {
    const event: ChatEvent = { type: "text", choice: 0, text: content };
    expect(read(knowing(hello), frame({ content }) + hello)?.event).toEqual({
      ...event,
      text: `${content}Hello`,
      frames: 2,
    });
  }
  expect(read(knowing(hello), hello.replace("Hello", "\\ud83d") + hello.replace("Hello", "\\ude00"))?.event).toEqual({
    type: "text",
    choice: 0,
    text: "😀",
    frames: 2,
  });
});

test("a text with a bare control character, an escape that is none or broken bytes is left to the parser", () => {
  const alike = knowing(hello);
  expect(read(alike, hello.replace("Hello", "a\tb"))).toBeUndefined();
  for (const text of ["\\x", "\\u00", "\\", "a\\\n"]) expect(read(alike, hello.replace("Hello", text))).toBeUndefined();
  // Half an escape is none, though the next text would complete it.
  expect(read(alike, hello.replace("Hello", "\\u00") + hello.replace("Hello", "41"))).toBeUndefined();
  const broken = encoder.encode(hello);
  broken[hello.indexOf("Hello")] = 0xff;
  expect(alike.read(broken, 0)).toBeUndefined();
});

test("a stream whose frames are not alike any more is soon left alone, until more is learned", () => {
  const alike = knowing(hello);
  const other = frame({ content: "x", obfuscation: "abc" });
  for (let time = 0; time < 16; time += 1) expect(read(alike, other)).toBeUndefined();
  expect(read(alike, hello)).toBeUndefined();
  alike.learn({ raw: encoder.encode(hello), data: hello.slice(6, -2) }, [{ type: "text", choice: 0, text: "Hello" }]);
  expect(read(alike, hello)).toBeDefined();
});

test("a frame that says more than its text is not learned from", () => {
  const usage = { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
  for (const frames of [
    frame({ content: "Hello" }, usage),
    frame({ content: "Hello" }, {}, { finish_reason: "stop" }),
    frame({ content: "Hello", audio: { data: "x" } }),
    frame({ content: "same", reasoning_content: "same" }),
    frame({ content: "Hello", reasoning_content: "other" }),
    frame({ refusal: "Hello" }),
    hello.replaceAll("\n", "\r\n"),
  ]) {
    expect(read(knowing(frames), frames)).toBeUndefined();
  }
});

test("a text that stands elsewhere in the frame is not taken for the answer's", () => {
  const escaped = frame({ content: "\u0001" }, { note: "A" }).replace("\\u0001", "\\u0041");
  expect(read(knowing(escaped), escaped)).toBeUndefined();
});

test("long runs come in parts that are together what the parser would have read", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { maxLength: 400 }), (texts) => {
      const plain = texts.filter((text) => !text.includes("\uFFFD"));
      const bytes = encoder.encode(plain.map((content) => frame({ content })).join(""));
      const alike = knowing(hello);
      let at = 0;
      let text = "";
      for (let run = alike.read(bytes, at); run !== undefined; run = alike.read(bytes, at)) {
        at = run.end;
        text += run.event.text;
      }
      expect({ at, text }).toEqual({ at: bytes.length, text: plain.join("") });
    }),
    { numRuns: 100 },
  );
});
