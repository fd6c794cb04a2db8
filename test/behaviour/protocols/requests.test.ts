import { describe, expect, test } from "bun:test";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import type { Fields } from "../../harness/wires/wire.ts";
import { at, finder, foreign, others, type Protocol, sentBy, sentTools } from "./asking.ts";

/** New Claude and reasoning models of OpenAI take no sampling; old ones and Gemini 2.5 think by budget. */
const pairs = sixteenPairs(
  (origins) => `claude-new = anthropic/claude-opus-4-8
claude-old = anthropic/claude-sonnet-4-0
gpt-thinks = openai/gpt-5.1
gemini-25 = gemini/gemini-2.5-pro
[provider.openai]
type = openai
api = chat
base_url = ${origins["chat-model"]}/v1
api_key = sk-openai`,
);
const between = finder(pairs);

/** A user's one word, beside more fields. */
const saying = (caller: Protocol, own: Fields = {}): Fields =>
  between(caller, "chat").client.begin({ text: "Hi", own });

const limit: Readonly<Record<Protocol, (tokens: number) => Fields>> = {
  chat: (tokens) => ({ max_tokens: tokens }),
  responses: (tokens) => ({ max_output_tokens: tokens }),
  anthropic: (tokens) => ({ max_tokens: tokens }),
  gemini: (tokens) => ({ generationConfig: { maxOutputTokens: tokens } }),
};

test.each(others("anthropic"))("pitfall 1 %s without a limit: Anthropic gets one", async (caller) => {
  for (const model of ["anthropic-model", "claude-new", "claude-old"]) {
    const { max_tokens } = await sentBy(between(caller, "anthropic"), saying(caller), { model });
    expect(max_tokens).toBeGreaterThanOrEqual(4_096);
  }
});

test.each([
  ["claude-new", "anthropic"],
  ["gpt-thinks", "chat"],
  ["responses-model", "responses"],
] as const)(
  "pitfall 2 temperature 0 is no reason for %s to refuse: it is left out and named",
  async (model, provider) => {
    const pair = between("gemini", provider);
    pair.provider.holds([{ text: "Hello!" }]);
    const told = await pair.send(saying("gemini", { generationConfig: { temperature: 0 } }), { model });
    expect([told.status, told.dropped]).toEqual([200, ["generationConfig.temperature"]]);
    expect(pair.heard().json()).not.toHaveProperty("temperature");
  },
);

test.each(others("chat"))(
  "pitfall 4 the limit of %s is max_completion_tokens for a model that thinks",
  async (caller) => {
    const sent = await sentBy(between(caller, "chat"), saying(caller, limit[caller](1_234)), { model: "gpt-thinks" });
    expect(sent).toMatchObject({ max_completion_tokens: 1_234 });
    expect(sent).not.toHaveProperty("max_tokens");
  },
);

const schema = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer", exclusiveMinimum: 0 } },
  required: ["city"],
  propertyNames: { pattern: "^[a-z]+$" },
  additionalProperties: false,
  $schema: "https://json-schema.org/draft/2020-12/schema",
};
const withTool = (caller: Protocol, own: Fields = {}): Fields =>
  between(caller, "chat").client.begin({ text: "Hi", tools: [{ name: "f", schema }], own });

test.each(others("responses"))("pitfall 5 a tool of %s is never strict by silence", async (caller) => {
  const sent = await sentBy(between(caller, "responses"), withTool(caller));
  expect(sentTools(sent)).toMatchObject([{ name: "f", strict: false }]);
});

test.each(foreign)("pitfall 6 what %s leaves optional is optional at %s", async (caller, provider) => {
  const [sent] = sentTools(await sentBy(between(caller, provider), withTool(caller)));
  expect(at(sent, "schema.required")).toEqual(["city"]);
  expect(at(sent, "schema.properties.days.type")).toBe("integer");
  expect(sent?.strict).not.toBe(true);
});

test.each(others("gemini"))(
  "pitfall 8 no keyword that Gemini refuses stands in parameters of a tool of %s",
  async (caller) => {
    const declared = at(await sentBy(between(caller, "gemini"), withTool(caller)), "tools.0.functionDeclarations.0");
    expect(declared).not.toHaveProperty("parameters");
    expect(at(declared, "parametersJsonSchema.properties.city")).toEqual({ type: "string" });
  },
);

test.each(others("anthropic"))(
  "pitfall 7 marks, thoughts and user ids of Anthropic do not reach %s as they are",
  async (provider) => {
    const cache_control = { type: "ephemeral" };
    const sent = await sentBy(between("anthropic", provider), {
      max_tokens: 4_000,
      system: [{ type: "text", text: "Be brief.", cache_control }],
      messages: [
        { role: "user", content: [{ type: "text", text: "Hi", cache_control }] },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "c2ln" },
            { type: "text", text: "Yes" },
          ],
        },
        { role: "user", content: "Go on" },
      ],
      thinking: { type: "enabled", budget_tokens: 1_024 },
      metadata: { user_id: "user-canary" },
    });
    for (const word of ["cache_control", '"thinking"', "signature", "user_id", "budget_tokens"]) {
      expect(JSON.stringify(sent)).not.toContain(word);
    }
  },
);

test.each(foreign)(
  "pitfall 37 T-14 %s asks %s: a longer conversation begins with the same bytes",
  async (caller, provider) => {
    const turn = (role: "user" | "model", text: string): Fields =>
      caller === "gemini"
        ? { role, parts: [{ text }] }
        : { role: role === "model" ? "assistant" : "user", content: text };
    const field = caller === "gemini" ? "contents" : caller === "responses" ? "input" : "messages";
    const begun = [turn("user", "One"), turn("model", "Two"), turn("user", "Three")];
    const asked = withTool(caller, { [field]: begun });
    const sent = async (body: Fields): Promise<string> => JSON.stringify(await sentBy(between(caller, provider), body));
    const first = await sent(asked);
    expect(await sent(asked)).toBe(first);
    const second = await sent({ ...asked, [field]: [...begun, turn("model", "Four"), turn("user", "Five")] });
    const upTo = first.indexOf("Three") + "Three".length;
    expect(second.slice(0, upTo)).toBe(first.slice(0, upTo));
  },
);

describe("thinking", () => {
  const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
  const wish = (caller: "chat" | "responses", effort: string): Fields =>
    caller === "chat" ? { reasoning_effort: effort } : { reasoning: { effort } };

  test.each(["chat", "responses"] as const)(
    "pitfall 46 a budget for %s stays between 1024 and the limit, also where there is little room",
    async (caller) => {
      for (const tokens of [500, 1_024, 1_025, 2_000, 40_000]) {
        for (const effort of efforts) {
          const body = saying(caller, { ...wish(caller, effort), ...limit[caller](tokens) });
          const sent = await sentBy(between(caller, "anthropic"), body, { model: "claude-old" });
          expect(sent["max_tokens"]).toBe(tokens);
          const budget = at(sent, "thinking.budget_tokens");
          if (budget === undefined) continue;
          expect(budget).toBeGreaterThanOrEqual(1_024);
          expect(budget).toBeLessThan(tokens);
        }
      }
    },
  );

  const levelOf = (sent: object): unknown => at(sent, "generationConfig.thinkingConfig.thinkingLevel");
  const budgetOf = (sent: object): unknown => at(sent, "generationConfig.thinkingConfig.thinkingBudget");
  const oneOf = (value: unknown, ...known: readonly string[]): boolean =>
    value === undefined || known.includes(String(value).toLowerCase());
  /** What each model takes of any effort. */
  const takes: readonly (readonly [string, Protocol, (sent: object) => boolean])[] = [
    ["claude-new", "anthropic", (sent) => at(sent, "thinking.budget_tokens") === undefined],
    [
      "claude-new",
      "anthropic",
      (sent) => oneOf(at(sent, "output_config.effort"), "low", "medium", "high", "xhigh", "max"),
    ],
    ["claude-old", "anthropic", (sent) => at(sent, "output_config") === undefined],
    ["gpt-thinks", "chat", (sent) => oneOf(at(sent, "reasoning_effort"), "none", "low", "medium", "high")],
    [
      "responses-model",
      "responses",
      (sent) => oneOf(at(sent, "reasoning.effort"), "none", "low", "medium", "high", "xhigh"),
    ],
    ["gemini-model", "gemini", (sent) => budgetOf(sent) === undefined && oneOf(levelOf(sent), "low", "high")],
    ["gemini-25", "gemini", (sent) => levelOf(sent) === undefined && Number(budgetOf(sent) ?? 128) >= 128],
  ];

  test.each(["chat", "responses"] as const)("pitfall 47 every effort of %s is valid at every model", async (caller) => {
    for (const [model, provider, isValid] of takes) {
      if (provider === caller) continue;
      for (const effort of efforts) {
        const sent = await sentBy(between(caller, provider), saying(caller, wish(caller, effort)), { model });
        expect([model, effort, isValid(sent)]).toEqual([model, effort, true]);
      }
    }
  });
});
