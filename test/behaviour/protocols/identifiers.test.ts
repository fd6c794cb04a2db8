import { describe, expect, test } from "bun:test";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import { finder, others, sentBy, sentTools } from "./asking.ts";
import { asks, idsIn, inAnthropic, inChat, type Said, schema } from "./history.ts";

const between = finder(sixteenPairs());

describe("names and ids", () => {
  const long = `mcp.server.${"x".repeat(79)}`;

  test.each(["chat", "responses"] as const)(
    "pitfall 15 names of 90 characters work at %s and come back",
    async (provider) => {
      const pair = between("gemini", provider);
      const names = [`${long}a`, `${long}b`];
      const tools = names.map((name) => ({ name, parametersFieldsSchema: { type: "object" } }));
      const body = { contents: [{ role: "user", parts: [{ text: "Hi" }] }], tools: [{ functionDeclarations: tools }] };
      const sent = sentTools(await sentBy(between("gemini", provider), body)).map(({ name }) => String(name));
      for (const name of sent) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      expect(new Set(sent).size).toBe(2);
      pair.provider.holds([{ calls: sent.map((name, index) => ({ id: `c${index}`, name, input: "{}" })) }]);
      for (const streamed of [false, true]) {
        expect((await pair.send(body, { streamed })).calls.map(({ name }) => name)).toEqual(names);
      }
    },
  );

  test.each([
    ["chat", /^[A-Za-z0-9_-]{1,40}$/],
    ["responses", /^[A-Za-z0-9_-]{1,64}$/],
    ["anthropic", /^[A-Za-z0-9_-]+$/],
  ] as const)(
    "pitfall 16 a call id of 200 characters fits %s, on call and result, at every replay",
    async (provider, fits) => {
      const id = `call/${"é.".repeat(100)}`;
      const said: Said[] = [asks, { calls: [{ id }, { id: `${id}2` }] }];
      said.push({
        results: [
          { id, text: "one" },
          { id: `${id}2`, text: "two" },
        ],
      });
      const [caller, body] =
        provider === "chat" ? (["anthropic", inAnthropic(said)] as const) : (["chat", inChat(said)] as const);
      const first = idsIn(await sentBy(between(caller, provider), body));
      expect(new Set(first.calls).size).toBe(2);
      for (const sent of first.calls) expect(sent).toMatch(fits);
      expect(first.results).toEqual(first.calls);
      expect(idsIn(await sentBy(between(caller, provider), body))).toEqual(first);
    },
  );
});

test.each(others("gemini"))(
  "pitfall 17 two calls of one Gemini tool without ids keep their results apart at %s",
  async (provider) => {
    const call = (x: string): object => ({ functionCall: { name: "f", args: { x } } });
    const result = (output: string): object => ({ functionResponse: { name: "f", response: { output } } });
    const sent = await sentBy(between("gemini", provider), {
      tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: schema }] }],
      contents: [
        { role: "user", parts: [{ text: "Hi" }] },
        { role: "model", parts: [call("1"), call("1")] },
        { role: "user", parts: [result("one"), result("two")] },
      ],
    });
    const { calls, results } = idsIn(sent);
    expect(new Set(calls).size).toBe(2);
    expect(results).toEqual(calls);
    expect(JSON.stringify(sent).indexOf("one")).toBeLessThan(JSON.stringify(sent).indexOf("two"));
  },
);
