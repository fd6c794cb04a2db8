import { describe, expect, test } from "bun:test";
import { postJson } from "../../harness/client.ts";
import { objectsOf, type ScriptedAnswer, scriptedUsage } from "../../harness/scripted-answer.ts";
import { chunk } from "../../harness/upstream-script.ts";
import { type Pair, sixteenPairs } from "../../harness/wires/pairs.ts";
import { dataIn, type Fields, fieldsOf, framesIn, joined } from "../../harness/wires/wire.ts";
import { at, finder, others, type Protocol, protocols } from "./asking.ts";

const pairs = sixteenPairs();
const between = finder(pairs);
const token = "c2lnbmVkIGJ5IGl0cyBtYWtlcg==";
const calls = ["Oslo", "Rome"].map((city, index) => ({
  id: `call_${index}`,
  name: "f",
  input: JSON.stringify({ city }),
}));
const cities = [{ city: "Oslo" }, { city: "Rome" }];
const everything: ScriptedAnswer = { thinking: { text: "Let me see.", token }, text: "I look. 😀 twice.", calls };
const question = { text: "Hi", tools: [{ name: "f", schema: { type: "object", properties: {} } }] };
const streamed = { streamed: true };

/** The kinds that `everything` has from a provider: a token of Gemini's stands right before its call, behind the text. */
function kindsFrom(provider: Protocol, thought: string, text: string, call: string): string[] {
  return [thought, text, ...(provider === "gemini" ? [thought] : []), call, call];
}

/** The events of a streamed answer; the reader of the wire has checked their grammar before. */
async function eventsOf(pair: Pair): Promise<Fields[]> {
  const told = await pair.ask({ ...question, thinks: true }, streamed);
  expect([told.status, told.isWhole]).toEqual([200, true]);
  return framesIn(told.raw).flatMap((frame) => (frame.data.startsWith("{") ? [dataIn(frame)] : []));
}

describe.each([...protocols])("Anthropic's events from %s", (provider) => {
  const pair = between("anthropic", provider);
  const starts = (events: readonly Fields[]): Fields[] =>
    events.filter(({ type }) => type === "content_block_start").map((event) => fieldsOf(event["content_block"]));

  test("T-01 pitfall 48 one start, blocks counted from 0 and never two open, deltas of their kind", async () => {
    pair.provider.holds([everything]);
    const events = await eventsOf(pair);
    const kinds: Fields = {
      text_delta: "text",
      thinking_delta: "thinking",
      signature_delta: "thinking",
      input_json_delta: "tool_use",
    };
    let opened = -1;
    let open: unknown;
    for (const event of events) {
      if (event["type"] === "content_block_start") {
        opened += 1;
        expect([open, event["index"]]).toEqual([undefined, opened]);
        open = at(event, "content_block.type");
      } else if (event["type"] === "content_block_delta") {
        expect([event["index"], kinds[String(at(event, "delta.type"))]]).toEqual([opened, open]);
      } else if (event["type"] === "content_block_stop") {
        expect([event["index"], typeof open]).toEqual([opened, "string"]);
        open = undefined;
      }
    }
    expect([opened + 1, open]).toEqual([kindsFrom(provider, "", "", "").length, undefined]);
    expect(events.filter(({ type }) => type === "message_start")).toEqual(events.slice(0, 1));
    expect(events.slice(-2).map(({ type }) => type)).toEqual(["message_delta", "message_stop"]);
  });

  test("pitfall 43 T-03 thoughts are a block of their own, and the text behind loses nothing", async () => {
    pair.provider.holds([everything]);
    const events = await eventsOf(pair);
    expect(starts(events).map(({ type }) => type)).toEqual(kindsFrom(provider, "thinking", "text", "tool_use"));
    const deltas = events.map((event) => fieldsOf(event["delta"]));
    expect([joined(deltas, "thinking"), joined(deltas, "text")]).toEqual(["Let me see.", "I look. 😀 twice."]);
  });

  test("pitfall 49 no empty text stands before a call", async () => {
    pair.provider.holds([{ calls: calls.slice(0, 1) }]);
    expect(starts(await eventsOf(pair)).map(({ type }) => type)).toEqual(["tool_use"]);
  });

  test("T-04 message_start has every counter as a number", async () => {
    pair.provider.holds([everything]);
    const [start] = await eventsOf(pair);
    for (const counter of ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]) {
      expect([counter, typeof at(start, `message.usage.${counter}`)]).toEqual([counter, "number"]);
    }
  });
});

describe.each(pairs.table)("%s", (_, pair) => {
  test("pitfall 50 an answer that calls ends in calls, whatever its provider said", async () => {
    pair.provider.holds([everything]);
    const ends: Fields = {
      "openai-chat": "tool_calls",
      "anthropic-messages": "tool_use",
      "openai-responses": "completed",
    };
    for (const sending of [streamed, {}]) {
      expect((await pair.ask(question, sending)).end).toBe(String(ends[pair.client.name] ?? "STOP"));
    }
  });

  test("pitfall 44 thoughts are in no text and in no tags", async () => {
    pair.provider.holds([{ thinking: { text: "Secret plan.", token }, text: "Hello there." }]);
    for (const sending of [streamed, {}]) {
      const told = await pair.ask({ text: "Hi", thinks: true }, sending);
      expect(told.text).toBe("Hello there.");
      expect(told.raw).not.toMatch(/<\/?think/);
    }
  });

  test("pitfall 54 F39 what comes in pieces of one and of seven bytes is whole", async () => {
    const text = "Grüße 😀 für 東京";
    const { speech } = pair.provider;
    for (const pieceBytes of [1, 7]) {
      pair.provider.holds([{ script: { ...speech.stream({ ...everything, text }), pieceBytes } }]);
      const told = await pair.ask({ ...question, thinks: true }, streamed);
      expect([told.text, told.isWhole]).toEqual([text, true]);
      expect(told.calls.map(({ input }) => JSON.parse(input))).toEqual(cities);
    }
  });

  test("T-02 calls without arguments are calls of an empty object", async () => {
    const input = pair.upstream.name === "openai-chat" ? "" : "{}";
    pair.provider.holds([{ calls: [{ id: "a", name: "f", input }] }]);
    for (const sending of [streamed, {}]) {
      const told = await pair.ask(question, sending);
      // Their own caller gets the very bytes.
      expect(told.calls.map((call) => [call.name, call.input])).toEqual([["f", pair.isSame ? input : "{}"]]);
    }
  });
});

describe.each(others("chat"))("calls of a chat provider told to %s", (caller) => {
  const pair = between(caller, "chat");
  const call = (index: number, more: object): object => chunk({ tool_calls: [{ index, ...more }] });
  const begins = (index: number, id: string, input = ""): object =>
    call(index, { id, type: "function", function: { name: "f", arguments: input } });
  const goesOn = (index: number, input: string): object => call(index, { function: { arguments: input } });
  const oslo = ['{"ci', 'ty":"Os', 'lo"}'];
  const rome = ['{"city', '":"Ro', 'me"}'];
  const inTurns = oslo.flatMap((piece, place) => [goesOn(0, piece), goesOn(1, rome[place] ?? "")]);

  test.each([
    [
      "pitfall 51 that are whole in one delta, counted from 1,",
      [begins(1, "a", oslo.join("")), begins(2, "b", rome.join(""))],
    ],
    ["pitfall 52 T-02 F49 in fragments that interleave", [begins(0, "a"), begins(1, "b"), ...inTurns]],
    ["F49 that share an id, in fragments,", [begins(0, "a"), begins(1, "a"), ...inTurns]],
  ] as const)("%s come out as two correct calls", async (_, frames) => {
    pair.provider.holds([{ script: { events: [...frames, chunk({}, "tool_calls"), "[DONE]"] } }]);
    const told = await pair.ask(question, streamed);
    expect(told.calls.map(({ name, input }) => [name, JSON.parse(input)])).toEqual(cities.map((city) => ["f", city]));
  });
});

test("F49 fragments, interleaved indexes and doubled ids pass byte for byte to a caller of the same protocol", async () => {
  const pair = between("chat", "chat");
  const events = [0, 1, 0, 1].map((index) =>
    chunk({ tool_calls: [{ index, id: "a", function: { name: "f", arguments: "{" } }] }),
  );
  pair.provider.holds([{ script: { events: [...events, chunk({}, "tool_calls"), "[DONE]"] } }]);
  const answer = await postJson(
    `${pairs.gateway.url}/v1/chat/completions`,
    pair.client.sent(pair.client.begin(question), "chat-model", true),
  );
  const frames = [...events, chunk({}, "tool_calls")].map((event) => `data: ${JSON.stringify(event)}\n\n`);
  expect(await answer.text()).toBe(`${frames.join("")}data: [DONE]\n\n`);
});

test.each(others("responses"))(
  "pitfall 51 arguments that Responses tells only when they are done are complete for %s",
  async (caller) => {
    const input = JSON.stringify(cities[0]);
    const item = { type: "function_call", id: "fc_1", call_id: "a", name: "f", status: "completed", arguments: input };
    const response = { id: "resp_1", object: "response", status: "completed", model: "m", output: [item], usage: null };
    const events = [
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
      { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", arguments: "" } },
      { type: "response.function_call_arguments.done", output_index: 0, item_id: "fc_1", arguments: input },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response },
    ].map((event, sequence_number) => ({ ...event, sequence_number }));
    const pair = between(caller, "responses");
    pair.provider.holds([{ script: { named: true, events } }]);
    expect((await pair.ask(question, streamed)).calls.map((call) => JSON.parse(call.input))).toEqual(
      cities.slice(0, 1),
    );
  },
);

test.each([...protocols])(
  "pitfall 53 T-17 events from %s for a caller of Responses are numbered without gaps, and the end holds the items that were done",
  async (provider) => {
    const pair = between("responses", provider);
    pair.provider.holds([everything]);
    const events = await eventsOf(pair);
    expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_, index) => index));
    const done = events.filter(({ type }) => type === "response.output_item.done").map((event) => event["item"]);
    expect(objectsOf(done).map(({ type }) => type)).toEqual(
      kindsFrom(provider, "reasoning", "message", "function_call"),
    );
    expect([events.at(-1)?.["type"], at(events.at(-1), "response.output")]).toEqual(["response.completed", done]);
  },
);

test.each(["anthropic", "gemini"] as const)(
  "pitfall 45 what is encrypted reaches %s and goes back as the finished item has it, not as the one that was begun",
  async (caller) => {
    const pair = between(caller, "responses");
    pair.provider.holds([everything, { text: "Done." }]);
    const told = await pair.ask({ ...question, thinks: true }, streamed);
    await pair.reply(told, { results: told.calls.map((call) => ({ call, text: "rain" })) }, streamed);
    const sent = objectsOf(pair.heard().json()["input"]).filter(({ type }) => type === "reasoning");
    expect(sent).toMatchObject([{ encrypted_content: token }]);
  },
);

test.each([...protocols])(
  "pitfall 55 usage of %s is told to a chat caller once, and only when asked",
  async (provider) => {
    const pair = between("chat", provider);
    pair.provider.holds([{ text: "Hello there." }]);
    const usages = async (own: object): Promise<Fields[]> => {
      const body = { ...pair.client.begin(question), model: pair.provider.model, stream: true, ...own };
      const text = await (await postJson(`${pairs.gateway.url}/v1/chat/completions`, body)).text();
      const events = framesIn(text).flatMap((frame) => (frame.data.startsWith("{") ? [dataIn(frame)] : []));
      return events.filter((event) => (event["usage"] ?? undefined) !== undefined);
    };
    expect(await usages({})).toEqual([]);
    const asked = await usages({ stream_options: { include_usage: true } });
    expect(asked).toMatchObject([{ choices: [], usage: { prompt_tokens: scriptedUsage.input } }]);
  },
);

test.each([...protocols])(
  "pitfall 56 counts of Anthropic are cumulative for %s: the last ones stand",
  async (caller) => {
    const pair = between(caller, "anthropic");
    pair.provider.holds([{ text: "Hello there." }]);
    await pair.ask(question, streamed);
    expect((await pairs.gateway.logs())[0]).toMatchObject({
      input_tokens: scriptedUsage.input,
      output_tokens: scriptedUsage.output,
    });
  },
);

describe.each([...protocols])("a Gemini caller of %s", (provider) => {
  const pair = between("gemini", provider);

  test("pitfall 59 reads data alone, no names, no [DONE], a blank line at the end", async () => {
    pair.provider.holds([everything]);
    const { raw } = await pair.ask(question, streamed);
    expect(raw).not.toMatch(/^event:|\[DONE\]/m);
    expect(raw).toMatch(/^(data: \{[^\n]*\}\r?\n\r?\n)+(:[^\n]*\r?\n\r?\n)*$/);
  });

  test("pitfall 60 without alt=sse reads a JSON array, piece by piece", async () => {
    const { speech } = pair.provider;
    pair.provider.holds([{ script: { ...speech.stream({ text: "one two three four five" }), intervalMs: 30 } }]);
    const url = `${pairs.gateway.url}/v1beta/models/${pair.provider.model}:streamGenerateContent`;
    const answer = await postJson(url, pair.client.begin(question));
    expect(answer.headers.get("content-type")).toStartWith("application/json");
    const pieces: string[] = [];
    for await (const piece of answer.body ?? []) pieces.push(Buffer.from(piece).toString());
    const parts = objectsOf(JSON.parse(pieces.join(""))).map((element) =>
      fieldsOf(at(element, "candidates.0.content.parts.0")),
    );
    expect(joined(parts, "text")).toBe("one two three four five");
    expect(pieces.length).toBeGreaterThan(3);
  });
});
