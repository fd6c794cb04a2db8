/** Calls of tools and what they are answered with. */
import { describe, expect, test } from "bun:test";
import { objectsOf, type ScriptedCall } from "../../harness/scripted-answer.ts";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import {
  type Fields,
  fieldsOf,
  type GivenResult,
  objectSchema,
  type PerWire,
  type ToldCall,
} from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const schema = objectSchema({ city: { type: "string" }, unit: { type: "string" } }, ["city"]);
const question = { text: "Weather?", tools: [{ name: "weather", schema }] };
const call = (city: string, id: string): ScriptedCall => ({ id, name: "weather", input: JSON.stringify({ city }) });
const cityOf = ({ input }: ToldCall): string => (JSON.parse(input) as { city: string }).city;
const ends: PerWire<string> = {
  "openai-chat": "tool_calls",
  "openai-responses": "completed",
  "anthropic-messages": "tool_use",
  "gemini-generate": "STOP",
};

/** How a provider's protocol declares its tools. */
const declared: PerWire<(body: Fields) => Fields[]> = {
  "openai-chat": (body) => objectsOf(body["tools"]).map((tool) => fieldsOf(tool["function"])),
  "openai-responses": (body) => objectsOf(body["tools"]),
  "anthropic-messages": (body) => objectsOf(body["tools"]),
  "gemini-generate": (body) => objectsOf(body["tools"]).flatMap((tool) => objectsOf(tool["functionDeclarations"])),
};

describe.each(pairs.table)("%s", (_, pair) => {
  const ways = [false, true];

  test.each(ways)("pitfalls 10, 49, 50 a call, its result and the last word, streamed: %p", async (streamed) => {
    pair.provider.holds([{ calls: [call("Oslo", "call_1")] }, { text: "Rain." }]);
    const told = await pair.ask(question, { streamed });
    expect(told.calls.map(({ name, input }) => [name, JSON.parse(input)])).toEqual([["weather", { city: "Oslo" }]]);
    expect(told).toMatchObject({ text: "", end: ends[pair.client.name], isWhole: true });
    const results = told.calls.map((one) => ({ call: one, text: "wet" }));
    const end = await pair.reply(told, { results, text: "In one word." }, { streamed });
    expect(end.text).toBe("Rain.");
    const story = ["user: Weather?", 'call weather {"city":"Oslo"}', "result: wet", "user: In one word."];
    expect(pair.said()).toEqual(story);
  });

  test.each(ways)("pitfalls 11, 17, 52 calls side by side keep order and results, streamed: %p", async (streamed) => {
    const cities = ["Oslo", "Rome", "Oslo"];
    pair.provider.holds([
      { text: "Let us see.", calls: cities.map((city, index) => call(city, `call_${index}`)) },
      { text: "Done." },
    ]);
    const told = await pair.ask(question, { streamed });
    expect(told.calls.map(cityOf)).toEqual(cities);
    expect(told.text).toBe("Let us see.");
    const results = told.calls.map((one, index): GivenResult => ({ call: one, text: `${cityOf(one)} ${index}` }));
    expect((await pair.reply(told, { results }, { streamed })).text).toBe("Done.");
    expect(pair.said()).toEqual([
      "user: Weather?",
      "assistant: Let us see.",
      ...cities.map((city) => `call weather {"city":"${city}"}`),
      ...cities.map((city, index) => `result: ${city} ${index}`),
    ]);
    expect(pair.provider.speech.turns(pair.heard())).toBe(1);
  });

  test("pitfalls 5, 6, 8 the schema reaches the provider as it is, optional properties stay optional", async () => {
    pair.provider.holds([{ text: "Fine." }]);
    const told = await pair.ask(question);
    expect(told.dropped).toEqual([]);
    const [tool] = declared[pair.upstream.name](pair.heard().json());
    expect(tool).toMatchObject({ name: "weather" });
    expect(tool?.["parameters"] ?? tool?.["parametersJsonSchema"] ?? tool?.["input_schema"]).toEqual(schema);
    if (pair.upstream.name === "openai-responses") expect(tool?.["strict"]).toBe(false);
  });

  test("pitfalls 16, 21 calls without arguments and results that failed", async () => {
    pair.provider.holds([{ calls: [{ id: "call_1", name: "weather", input: "{}" }] }, { text: "Sorry." }]);
    const told = await pair.ask(question, { streamed: true });
    expect(told.calls.map(({ input }) => input)).toEqual(["{}"]);
    const results = told.calls.map((one) => ({ call: one, text: "no network", failed: true }));
    expect((await pair.reply(told, { results })).text).toBe("Sorry.");
    const story = pair.said();
    expect(story.slice(0, 2)).toEqual(["user: Weather?", "call weather {}"]);
    expect(story[2]).toContain("no network");
    expect(story).toHaveLength(3);
  });
});
