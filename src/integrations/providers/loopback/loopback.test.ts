import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import type { ProviderCall } from "#core/routing/provider.ts";
import type { Protocol } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { unwrapToken } from "#core/wire/opaque-token.ts";
import { createLoopbackProvider } from "#integrations/providers/loopback/provider.ts";
import { readScript } from "#integrations/providers/loopback/script.ts";
import { callOf as providerCall } from "#integrations/providers/scripted-http.test-data.ts";

const clock = new VirtualClock();
const loopback = (at = clock) => createLoopbackProvider({ name: "loopback", models: ["loopback"], clock: at, codecs });

const callOf = (fields: object, protocol?: Protocol, more: Partial<ProviderCall> = {}): ProviderCall =>
  providerCall({ model: "loopback", ...fields }, protocol, { model: "loopback", ...more });

async function answer(call: ProviderCall): Promise<ChatEvent[]> {
  const pieces = await Array.fromAsync((await loopback().call(call)).pieces);
  return pieces.flatMap((piece) => piece.events);
}

const say = (content: string, more: object = {}) => callOf({ messages: [{ role: "user", content }], ...more });
const textOf = (events: readonly ChatEvent[], choice = 0) =>
  events.map((event) => (event.type === "text" && event.choice === choice ? event.text : "")).join("");
const reasonOf = (events: readonly ChatEvent[]) => events.find((event) => event.type === "finish")?.reason;
const usageOf = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === "usage" ? [event.usage] : [])).at(-1);
const code = async (call: ProviderCall) =>
  answer(call).then(
    () => "answered",
    (thrown) => toGatewayError(thrown).code,
  );

describe("answers", () => {
  test("the last user message comes back word by word with counted usage, the same every time", async () => {
    const events = await answer(say("Hello  big\nworld "));
    expect(events).toEqual([
      { type: "start", model: "loopback" },
      ...["Hello", "  big", "\nworld", " "].map((text) => ({ type: "text", choice: 0, text }) as const),
      { type: "finish", choice: 0, reason: "stop", raw: "stop" },
      { type: "usage", usage: { inputTokens: 5, outputTokens: 5 } },
      { type: "end" },
    ]);
    expect(await answer(say("Hello  big\nworld "))).toEqual(events);
  });

  test("an empty prompt is greeted", async () => {
    expect(textOf(await answer(say("")))).toBe("Hello from loopback.");
  });

  test("n, stop and the token limit are honoured", async () => {
    const two = await answer(say("a b", { n: 2 }));
    expect([textOf(two, 0), textOf(two, 1)]).toEqual(["a b", "a b"]);
    const stopped = await answer(say("one two three", { stop: ["three", " two"] }));
    expect([textOf(stopped), reasonOf(stopped)]).toEqual(["one", "stop"]);
    const limited = await answer(say("ééééé", { max_tokens: 1 }));
    expect([textOf(limited), reasonOf(limited)]).toEqual(["éé", "length"]);
  });

  test("a tool is called when it must be or the prompt says so, and its answer ends the turn", async () => {
    const parameters = {
      type: "object",
      required: ["city", "days"],
      properties: { city: { enum: ["Oslo"] }, days: { type: "integer" } },
    };
    const tools = [
      { type: "function", function: { name: "other" } },
      { type: "function", function: { name: "weather", parameters } },
    ];
    const called = await answer(say("Weather? [[loopback tool=weather]]", { tools }));
    expect(called).toContainEqual({ type: "tool-call", choice: 0, call: 0, id: "call_loopback_0", name: "weather" });
    const argumentsText = called.map((event) => (event.type === "tool-arguments" ? event.text : "")).join("");
    expect(JSON.parse(argumentsText)).toEqual({ city: "Oslo", days: 1 });
    expect(reasonOf(called)).toBe("tool_calls");
    expect(reasonOf(await answer(say("x", { tools, tool_choice: "required" })))).toBe("tool_calls");
    expect(reasonOf(await answer(say("x", { tools })))).toBe("stop");
    const messages = [
      { role: "user", content: "Weather? [[loopback tool=weather]]" },
      { role: "tool", tool_call_id: "c", content: "sunny" },
    ];
    expect(textOf(await answer(callOf({ messages, tools })))).toBe("The tool answered: sunny");
  });

  test("vectors have length one, depend on the text alone, and have the wanted dimensions", async () => {
    const vectors = async (input: unknown) => {
      const events = await answer(callOf({ input, dimensions: 8 }, "openai-embeddings"));
      return events.flatMap((event) => (event.type === "embedding" ? [event.vector] : []));
    };
    const [a, b, again] = await vectors(["a", "b", "a"]);
    expect(a).toHaveLength(8);
    expect(a).toEqual(again);
    expect(a).not.toEqual(b);
    expect(Math.hypot(...(a ?? []))).toBeCloseTo(1, 10);
    expect(
      await code(callOf({ input: Array.from({ length: 2000 }, () => "a"), dimensions: 65536 }, "openai-embeddings")),
    ).toBe("invalid_request");
  });
});

describe("what other protocols have", () => {
  const tools = [
    { type: "function", function: { name: "weather", parameters: { type: "object" } } },
    { type: "custom", custom: { name: "shell" } },
  ];
  const callsOf = (events: readonly ChatEvent[]) =>
    events.flatMap((event) => (event.type === "tool-call" ? [[event.call, event.id, event.name, event.form]] : []));

  test("it thinks before it speaks, signs its thoughts as its own, and counts them as output", async () => {
    const events = await answer(say("Yes. [[loopback think=2]]"));
    const thoughts = events.flatMap((event) => (event.type === "reasoning" ? [event.text] : []));
    expect(thoughts).toEqual(["thinking", " thinking"]);
    const signed = events.find((event) => event.type === "reasoning-token");
    expect(unwrapToken(signed?.token.data ?? "")).toMatchObject({ provider: "loopback", kind: "signature" });
    const kinds = events.map((event) => event.type);
    expect(kinds.indexOf("text")).toBe(kinds.indexOf("reasoning-token") + 1);
    expect(usageOf(events)).toEqual({ inputTokens: 7, outputTokens: 6, reasoningTokens: 5 });
  });

  test("several tools are called side by side, custom ones with the prompt as their text, no two calls with one id", async () => {
    const marked = say("ls [[loopback tool=weather,shell calls=2]]", { tools });
    const events = await answer(marked);
    expect(callsOf(events)).toEqual([
      [0, "call_loopback_0", "weather", undefined],
      [1, "call_loopback_1", "shell", "custom"],
      [2, "call_loopback_2", "weather", undefined],
      [3, "call_loopback_3", "shell", "custom"],
    ]);
    const shell = events.map((event) => (event.type === "tool-arguments" && event.call === 1 ? event.text : ""));
    expect(shell.join("")).toBe("ls");
    const called = { id: "call_loopback_0", type: "function", function: { name: "weather", arguments: "{}" } };
    const messages = [
      { role: "user", content: "x" },
      { role: "assistant", tool_calls: [called] },
      { role: "tool", tool_call_id: "call_loopback_0", content: "sunny" },
      { role: "user", content: "again [[loopback tool=weather]]" },
    ];
    expect(callsOf(await answer(callOf({ messages, tools })))).toEqual([[0, "call_loopback_1", "weather", undefined]]);
  });

  test("the only tool there is answers a prompt that speaks of it; many tools, or none of its words, call nothing", async () => {
    const tool = (name: string) => ({ type: "function", function: { name, parameters: {} } });
    const asked = async (content: string, ...names: string[]) =>
      callsOf(await answer(say(content, { tools: names.map(tool) }))).map(([, , name]) => name);
    expect(await asked("What's the weather like in Oslo?", "get_weather")).toEqual(["get_weather"]);
    expect(await asked("WEATHER forecast!", "getWeatherForecast")).toEqual(["getWeatherForecast"]);
    expect(await asked("What's the weather like?", "getWeatherForecast")).toEqual([]);
    expect(await asked("What's the weather like?", "get_weather", "other")).toEqual([]);
    expect(await asked("get it", "get")).toEqual([]);
  });

  test("only the tools that are allowed are called", async () => {
    const allowed = (mode: string) => ({
      type: "allowed_tools",
      allowed_tools: { mode, tools: [{ type: "custom", custom: { name: "shell" } }] },
    });
    const prompt = "x [[loopback tool=weather]]";
    expect(callsOf(await answer(say(prompt, { tools, tool_choice: allowed("auto") })))).toEqual([]);
    const forced = callsOf(await answer(say(prompt, { tools, tool_choice: allowed("required") })));
    expect(forced).toEqual([[0, "call_loopback_0", "shell", "custom"]]);
    expect(callsOf(await answer(say(prompt, { tools, tool_choice: "none" })))).toEqual([]);
  });

  test("it refuses when it is told to", async () => {
    const events = await answer(say("Do it. [[loopback refuse=1]]"));
    expect([textOf(events), reasonOf(events)]).toEqual(["", "refusal"]);
    expect(events.filter((event) => event.type === "refusal").length).toBeGreaterThan(0);
  });

  test("it says which pictures it saw", async () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    const messages = [{ role: "user", content: [{ type: "text", text: "Look." }, image] }];
    expect(textOf(await answer(callOf({ messages })))).toBe("Look. [image image/png 3 bytes]");
    const url = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
    expect(textOf(await answer(callOf({ messages: [{ role: "user", content: [url] }] })))).toBe(
      "[image at https://example.com/a.png]",
    );
  });

  test("the usage says what it is told to say", async () => {
    const events = await answer(say("x [[loopback input=1000 cached=900 cache_write=50 output=7 reasoning=0]]"));
    expect(usageOf(events)).toEqual({
      inputTokens: 1000,
      cachedTokens: 900,
      cacheWriteTokens: 50,
      outputTokens: 7,
      reasoningTokens: 0,
    });
  });

  test("it speaks every protocol and counts without answering", async () => {
    const provider = loopback();
    for (const protocol of Object.keys(codecs) as Protocol[]) expect(provider.speaks(protocol, "any")).toBe(protocol);
    const call = say("Hello  big");
    if (call.request.operation !== "chat") throw new Error("A chat call is expected.");
    expect(await answer({ ...call, request: { operation: "count", chat: call.request.chat } })).toEqual([
      { type: "start", model: "loopback" },
      { type: "usage", usage: { inputTokens: 3 } },
      { type: "end" },
    ]);
  });
});

describe("scripts", () => {
  test("a marker is taken out of the prompt, its values are clamped, the rest ignored", () => {
    const { script, text } = readScript(
      "Say it [[loopback delay_ms=99999999 fail=7 events=x cut_after=-1 bogus=1 interval_ms=20]] now",
    );
    expect(text).toBe("Say it now");
    expect(script).toMatchObject({
      delayMs: 600_000,
      silentMs: 0,
      intervalMs: 20,
      failStatus: 400,
      endByLength: false,
    });
    expect(script).not.toHaveProperty("events");
    expect(readScript("[[loopback delay_ms=5").script.delayMs).toBe(0);
  });

  test("events repeats the words, length ends early", async () => {
    const events = await answer(say("a b [[loopback events=5 length=1]]"));
    expect([textOf(events), reasonOf(events)]).toEqual(["a b a b a", "length"]);
    const long = await answer(say(`${"x".repeat(1000)} [[loopback events=2]]`));
    expect(textOf(long)).toHaveLength(129);
  });

  test("fail refuses as a provider would, fail_after and cut_after break the answer", async () => {
    expect(await code(say("x [[loopback fail=503]]"))).toBe("upstream_overloaded");
    expect(await code(say("x [[loopback fail=401]]"))).toBe("upstream_auth");
    for (const [marker, expected] of [
      ["fail_after=2", "upstream_error"],
      ["cut_after=2", "upstream_truncated"],
    ]) {
      const { pieces } = await loopback().call(say(`a b c [[loopback ${marker}]]`));
      const seen = [await pieces.next(), await pieces.next(), await pieces.next()];
      expect(seen.map((next) => next.done)).toEqual([false, false, false]);
      await expect(pieces.next()).rejects.toMatchObject({ code: expected });
    }
  });

  test("delay, silence and interval pass on the clock, and an abort ends them at once", async () => {
    const time = new VirtualClock();
    const abort = new AbortController();
    const content = "a b [[loopback delay_ms=100 silent_ms=50 interval_ms=20]]";
    const call = callOf({ messages: [{ role: "user", content }], stream: true }, "openai-chat", {
      signal: abort.signal,
    });
    const replied = loopback(time).call(call);
    await time.run(100);
    const { pieces } = await replied;
    await pieces.next();
    const first = pieces.next();
    await time.run(49);
    expect(time.pending).toBe(1);
    await time.run(1);
    expect((await first).value).toMatchObject({ events: [{ text: "a" }] });
    const second = pieces.next().catch((thrown) => thrown);
    const reason = new GatewayError("client_closed", "gone");
    await time.run(10);
    abort.abort(reason);
    expect(await second).toBe(reason);
    expect(time.pending).toBe(0);
  });
});
