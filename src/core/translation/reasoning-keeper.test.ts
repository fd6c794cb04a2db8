import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import type { ChatRequest, Part } from "#core/chat/request.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { callOf } from "#core/translation/lane.test-data.ts";
import { ReasoningKeeper } from "#core/translation/reasoning-keeper.ts";

const bounds = { maxEntries: 10, maxCharacters: 1_000, timeToLiveMs: 60_000 };
const token = (data: string) => ({ kind: "thought", data }) as const;
const thought = (text: string): ChatEvent => ({ type: "reasoning", choice: 0, text });
const signed = (data: string): ChatEvent => ({ type: "reasoning-token", choice: 0, token: token(data) });
const call = (id: string, index = 0): ChatEvent => ({ type: "tool-call", choice: 0, call: index, id, name: "f" });
const said: ChatEvent = { type: "text", choice: 0, text: "so" };

function calling(id: string): Part {
  return { type: "tool-call", id, name: "f", form: "function", argumentsText: "{}" };
}

function asking(...parts: Part[]): ChatRequest {
  const { request } = callOf({ messages: [{ role: "assistant", parts }] });
  if (request.operation === "embeddings") throw new Error("No chat.");
  return request.chat;
}

const partsOf = ({ messages }: ChatRequest): readonly Part[] => messages.flatMap(({ parts }) => parts);

test("pitfall 40: two rounds of tools of a caller without a place for tokens get their signatures back", () => {
  const keeper = new ReasoningKeeper({ clock: new VirtualClock(), ...bounds });
  const first = keeper.remember("t");
  for (const event of [thought("hm"), signed("one"), call("1")]) first([event]);
  keeper.remember("t")([signed("two"), call("2")]);
  expect(partsOf(keeper.recall("t", asking(calling("1"), calling("2"))))).toEqual([
    { type: "reasoning", text: "hm", token: token("one") },
    calling("1"),
    { type: "reasoning", text: "", token: token("two") },
    calling("2"),
  ]);
});

test("pitfall 41: of parallel calls the first has the signature, and it goes back before the first", () => {
  const keeper = new ReasoningKeeper({ clock: new VirtualClock(), ...bounds });
  keeper.remember("t")([signed("one"), call("1"), call("2", 1)]);
  expect(partsOf(keeper.recall("t", asking(calling("1"), calling("2")))).map(({ type }) => type)).toEqual([
    "reasoning",
    "tool-call",
    "tool-call",
  ]);
});

test("what was thought before the text goes back before the text", () => {
  const keeper = new ReasoningKeeper({ clock: new VirtualClock(), ...bounds });
  keeper.remember("t")([thought("a"), signed("one"), said, signed("two"), call("1")]);
  expect(partsOf(keeper.recall("t", asking({ type: "text", text: "so" }, calling("1"))))).toEqual([
    { type: "reasoning", text: "a", token: token("one") },
    { type: "text", text: "so" },
    { type: "reasoning", text: "", token: token("two") },
    calling("1"),
  ]);
});

test("thoughts that the caller repeats without their token give way to the signed ones", () => {
  const keeper = new ReasoningKeeper({ clock: new VirtualClock(), ...bounds });
  keeper.remember("t")([thought("hm"), signed("one"), call("1")]);
  const recalled = keeper.recall("t", asking({ type: "reasoning", text: "hm" }, calling("1")));
  expect(partsOf(recalled)).toEqual([{ type: "reasoning", text: "hm", token: token("one") }, calling("1")]);
});

test("what is kept is one tenant's, lives its time since it was last used, and nothing else changes a request", () => {
  const clock = new VirtualClock();
  const keeper = new ReasoningKeeper({ clock, ...bounds });
  keeper.remember("t")([signed("one"), call("1")]);
  const request = asking(calling("1"));
  expect(keeper.recall("other", request)).toBe(request);
  clock.advance(50_000);
  expect(keeper.recall("t", request)).not.toBe(request);
  clock.advance(50_000);
  expect(keeper.recall("t", request)).not.toBe(request);
  clock.advance(60_000);
  expect(keeper.recall("t", request)).toBe(request);
  expect(keeper.size).toBe(0);
});

test("thoughts without a token, and answers without calls, are not kept", () => {
  const keeper = new ReasoningKeeper({ clock: new VirtualClock(), ...bounds });
  keeper.remember("t")([thought("hm"), call("1")]);
  keeper.remember("t")([thought("hm"), signed("one"), said]);
  expect(keeper.size).toBe(0);
});

test("the keeper is bounded by count and by size, and the least used goes first", () => {
  const few = new ReasoningKeeper({ clock: new VirtualClock(), ...bounds, maxEntries: 2 });
  for (const id of ["1", "2"]) few.remember("t")([signed(id), call(id)]);
  few.recall("t", asking(calling("1")));
  few.remember("t")([signed("3"), call("3")]);
  expect(partsOf(few.recall("t", asking(calling("1"), calling("2"), calling("3"))))).toHaveLength(5);
  const small = new ReasoningKeeper({ clock: new VirtualClock(), ...bounds, maxCharacters: 100 });
  small.remember("t")([signed("x".repeat(60)), call("1")]);
  small.remember("t")([signed("y".repeat(60)), call("2")]);
  small.remember("t")([signed("z".repeat(200)), call("3")]);
  expect(small.size).toBe(1);
  expect(partsOf(small.recall("t", asking(calling("2"))))).toHaveLength(2);
});
