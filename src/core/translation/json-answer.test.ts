import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { translated } from "#core/translation/lane.test-data.ts";

const asking = {
  stream: false,
  responseFormat: { type: "json" },
  asked: new Map([["json_object", "text.format"]] as const),
} as const;
const inWords = { target: { takes: { json_object: "shim" } } } as const;
const choice = 0;
const answer = (...texts: readonly string[]): readonly ChatEvent[] => [
  { type: "start" },
  ...texts.map((text) => ({ type: "text", choice, text }) as const),
  { type: "finish", choice, reason: "stop", raw: "stop" },
  { type: "end" },
];
const restored = (events: readonly ChatEvent[], chat: object = {}): readonly ChatEvent[] =>
  translated({ ...asking, ...chat }, inWords).restore(events);

describe("JSON that is asked for in words", () => {
  test("an object passes as it is", () => {
    const events = answer('{"a"', ": 1}\n");
    expect(restored(events)).toEqual(events);
    expect(translated(asking, inWords).dropped).toEqual([]);
  });

  test("a fence that never closes is no object, however many empty lines follow it", () => {
    const events = answer(`\`\`\`json${"\n".repeat(1_000_000)}x`);
    expect(restored(events)).toEqual([{ type: "opaque", what: "text.format" }, ...events]);
  });

  test("a code fence around the object is taken off, and places in the old text go with it", () => {
    const [start, first, ...rest] = answer("```json\n{", '"a": "```"}\n```\n').filter((event) => event.type !== "end");
    if (start === undefined || first === undefined) throw new Error("says nothing");
    const cited: ChatEvent = { type: "citation", choice, citation: { url: "https://a.example/", start: 0, end: 3 } };
    const chances: ChatEvent = { type: "logprobs", choice, tokens: [] };
    expect(restored([start, first, cited, chances, ...rest])).toEqual([
      start,
      { type: "text", choice, text: '{"a": "```"}' },
      { ...cited, citation: { url: "https://a.example/" } },
      { type: "finish", choice, reason: "stop", raw: "stop" },
    ]);
    for (const text of ["```\n{}\n```", "```JSON\r\n{}\r\n```", "\n```json\n{}```"]) {
      expect(restored(answer(text))[1]).toEqual({ type: "text", choice, text: "{}" });
    }
  });

  test("what is no object is not touched, and the caller's field is named as lost", () => {
    for (const text of ["Sorry.", "[1]", '"a"', "```json\n[1]\n```", 'Here: {"a":1}', '{"a":']) {
      const events = answer(text);
      expect(restored(events)).toEqual([{ type: "opaque", what: "text.format" }, ...events]);
    }
  });

  test("calls are no answer yet", () => {
    const call: ChatEvent = { type: "tool-call", choice, call: 0, id: "c1", name: "f" };
    const events = [...answer("Let me see."), call];
    expect(restored(events)).toEqual(events);
  });

  test("a stream cannot be checked, which is said before it begins", () => {
    const { dropped, restore } = translated({ ...asking, stream: true }, inWords);
    const events = answer("Sorry.");
    expect([dropped, restore(events)]).toEqual([["text.format"], events]);
  });

  test("a server that lacks the mode is asked in words as well, one that has it is believed", () => {
    const events = answer("Sorry.");
    const lacking = translated(asking, { dialect: { lacks: ["json_object"] } });
    expect([lacking.dropped, lacking.restore(events).length]).toEqual([[], events.length + 1]);
    expect(translated(asking).restore(events)).toEqual(events);
  });
});
