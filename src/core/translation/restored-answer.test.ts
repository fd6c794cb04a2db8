import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import { restoredOneByOne, translated } from "#core/translation/lane.test-data.ts";

const text = (said: string, choice = 0): ChatEvent => ({ type: "text", choice, text: said });
const finish: ChatEvent = { type: "finish", choice: 0, reason: "length", raw: "length" };
const usage: ChatEvent = { type: "usage", usage: { inputTokens: 1, outputTokens: 2 } };
const end: ChatEvent = { type: "end" };
const stopping = (...stop: string[]): ReturnType<typeof translated> =>
  translated({ stop }, { target: { traits: { stops: false } } });

const stoppingBoth = (): ReturnType<typeof translated> =>
  translated({ stop: ["|"], choices: 2 }, { target: { traits: { stops: false } } });

const saidIn = (events: readonly ChatEvent[]): string =>
  events.map((event) => (event.type === "text" ? event.text : "")).join("");

test("an answer with nothing to restore is the same array", () => {
  const { restore } = translated({});
  for (const events of [[{ type: "start" } as const, text("a"), usage], [text("b")], []]) {
    expect(restore(events)).toBe(events);
  }
});

test("pitfall 28: the text ends at the first stop text even when it is split over deltas, and nothing follows but usage", () => {
  const translation = stopping("END", "\n\n");
  expect(translation.chat.stop).toEqual([]);
  const events = [text("one E"), text("N"), text("D two"), text("three"), finish, usage, end];
  const stopped = { type: "finish", choice: 0, reason: "stop", raw: "stop", stopSequence: "END" } as const;
  expect(translation.restore(events)).toEqual([text("one "), stopped, usage, end]);
  expect(restoredOneByOne(stopping("END", "\n\n"), events)).toEqual([text("one "), stopped, end]);
  const call: ChatEvent = { type: "tool-call", choice: 0, call: 0, id: "1", name: "f" };
  const late = [text("xEND"), call, { type: "tool-arguments", choice: 0, call: 0, text: "{}" } as const, finish];
  expect(restoredOneByOne(stopping("END"), late).map(({ type }) => type)).toEqual(["text", "finish", "end"]);
});

test("pitfall 28: only what may begin a stop text waits, and it is said when none came of it", () => {
  const { restore } = stopping("END");
  expect(restore([text("abc")])).toEqual([text("abc")]);
  expect(restore([text("d EN")])).toEqual([text("d ")]);
  expect(restore([text("emy")])).toEqual([text("ENemy")]);
  expect(restore([text(" E")])).toEqual([text(" ")]);
  expect(restore([finish])).toEqual([text("E"), finish]);
  const cut = stopping("END");
  expect(restoredOneByOne(cut, [text("E"), end])).toEqual([text("E"), end]);
});

test("what belongs to text that waits comes behind it", () => {
  const citation: ChatEvent = { type: "citation", choice: 0, citation: { url: "https://x" } };
  expect(restoredOneByOne(stopping("END"), [text("aE"), citation, text("x")])).toEqual([
    text("a"),
    text("Ex"),
    citation,
  ]);
});

test("each choice stops by itself", () => {
  const events = [text("a", 0), text("b", 1), text("|x", 0), text("c", 1)];
  const restored = restoredOneByOne(stoppingBoth(), events);
  expect(restored.filter((event) => event.type === "text" && event.choice === 1)).toEqual([text("b", 1), text("c", 1)]);
  expect(restored.filter((event) => event.type === "finish")).toMatchObject([{ choice: 0 }]);
});

test("of several choices the answer ends at once when each was cut or has finished, not before", () => {
  const { restore } = stoppingBoth();
  expect(restore([text("a|", 0), text("b", 1)]).map(({ type }) => type)).toEqual(["text", "finish", "text"]);
  expect(restore([text("c", 0), text("c|", 1), text("d", 1)]).map(({ type }) => type)).toEqual([
    "text",
    "finish",
    "end",
  ]);
  expect(restore([usage, end])).toEqual([]);
  expect(restoredOneByOne(stoppingBoth(), [text("a|", 0), finish, { ...finish, choice: 1 }, usage]).at(-1)).toEqual(
    end,
  );
  expect(restoredOneByOne(stoppingBoth(), [finish, { ...finish, choice: 1 }, usage]).at(-1)).toEqual(usage);
});

test("property: the cut is the same however the text comes in pieces", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 14 });
  const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 });
  fc.assert(
    fc.property(letters, stops, cuts, (said, stop, lengths) => {
      const pieces: string[] = [];
      for (let at = 0; at < said.length; at += pieces.at(-1)?.length ?? 1) {
        pieces.push(said.slice(at, at + (lengths[pieces.length % lengths.length] ?? 1)));
      }
      const whole = restoredOneByOne(stopping(...stop), [text(said), finish, end]);
      const split = restoredOneByOne(stopping(...stop), [...pieces.map((piece) => text(piece)), finish, end]);
      expect(saidIn(split)).toBe(saidIn(whole));
      expect(split.find(({ type }) => type === "finish")).toEqual(whole.find(({ type }) => type === "finish"));
      for (const each of stop) expect(saidIn(whole)).not.toContain(each);
      if (!stop.some((each) => said.includes(each))) expect(saidIn(whole)).toBe(said);
    }),
  );
});

test("the gateway stops for a server whose dialect lacks it", () => {
  const translation = translated({ stop: ["|"], asked: new Map([["stop", "stop"]]) }, { dialect: { lacks: ["stop"] } });
  expect(translation.dropped).toEqual([]);
  expect(saidIn(restoredOneByOne(translation, [text("a|b")]))).toBe("a");
  expect(translated({ stop: ["|"] }).chat.stop).toEqual(["|"]);
});

test("interleaved freeform calls each get their own text", () => {
  const tools = ["a", "b"].map((name) => ({ kind: "custom", name }) as const);
  const translation = translated({ tools }, { target: { traits: { customTools: false } } });
  const events: ChatEvent[] = [
    { type: "tool-call", choice: 0, call: 0, id: "0", name: "a" },
    { type: "tool-call", choice: 0, call: 1, id: "1", name: "b" },
    { type: "tool-arguments", choice: 0, call: 0, text: '{"input":"x' },
    { type: "tool-arguments", choice: 0, call: 1, text: '{"other":' },
    { type: "tool-arguments", choice: 0, call: 0, text: 'y"}' },
    { type: "tool-arguments", choice: 0, call: 1, text: "1}" },
    finish,
  ];
  const restored = restoredOneByOne(translation, events);
  const inputOf = (call: number): string =>
    restored.map((event) => (event.type === "tool-arguments" && event.call === call ? event.text : "")).join("");
  expect([inputOf(0), inputOf(1)]).toEqual(["xy", '{"other":1}']);
  expect(restored.at(-1)).toBe(finish);
});

test("more stop texts than the gateway looks for are refused, not cut short", () => {
  const stop = Array.from({ length: 65 }, (_, index) => `s${index}`);
  expect(() => stopping(...stop)).toThrow("'stop'");
  expect(stopping(...stop.slice(1)).chat.stop).toEqual([]);
});
