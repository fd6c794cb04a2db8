/** What cannot be carried is named, or refused before anything is sent. */
import { describe, expect, test } from "bun:test";
import { type Pair, sixteenPairs, type Told } from "../../harness/wires/pairs.ts";
import { type Fields, fieldsOf, type PerWire, wordOf } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();

/** Hints in each caller's words. */
const hints: PerWire<Fields> = {
  "openai-chat": { seed: 7, logit_bias: { "50256": -100 }, verbosity: "low", vendor_field: 1 },
  "openai-responses": { text: { verbosity: "low" }, metadata: { a: "b" }, truncation: "auto", vendor_field: 1 },
  "anthropic-messages": { top_k: 5, metadata: { user_id: "u" }, vendor_field: 1 },
  "gemini-generate": {
    generationConfig: { seed: 7, topK: 5 },
    safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
    vendorField: 1,
  },
};

/** Those of them that each provider cannot be told. */
const lost: PerWire<Partial<PerWire<readonly string[]>>> = {
  "openai-chat": {
    "openai-responses": ["seed", "logit_bias", "vendor_field"],
    "anthropic-messages": ["seed", "logit_bias", "verbosity", "vendor_field"],
    "gemini-generate": ["logit_bias", "verbosity", "vendor_field"],
  },
  "openai-responses": {
    "openai-chat": ["text.verbosity", "metadata", "truncation", "vendor_field"],
    "anthropic-messages": ["text.verbosity", "metadata", "truncation", "vendor_field"],
    "gemini-generate": ["text.verbosity", "metadata", "truncation", "vendor_field"],
  },
  "anthropic-messages": {
    "openai-chat": ["top_k", "vendor_field"],
    "openai-responses": ["top_k", "vendor_field"],
    "gemini-generate": ["metadata.user_id", "vendor_field"],
  },
  "gemini-generate": {
    "openai-chat": ["generationConfig.topK", "safetySettings", "vendorField"],
    "openai-responses": ["generationConfig.seed", "generationConfig.topK", "safetySettings", "vendorField"],
    "anthropic-messages": ["generationConfig.seed", "safetySettings", "vendorField"],
  },
};

/** The field that the caller's error names, in its protocol's own way. */
const fieldIn: PerWire<(error: Fields) => string> = {
  "openai-chat": (error) => wordOf(error["param"]),
  "openai-responses": (error) => wordOf(error["param"]),
  "anthropic-messages": (error) => wordOf(error["message"]),
  "gemini-generate": (error) => JSON.stringify(error["details"]),
};

async function refusal(pair: Pair, own: Fields, strict = false): Promise<Told> {
  pair.provider.holds([{ text: "Never." }]);
  const told = await pair.ask({ text: "Hello", own }, { strict });
  expect(told.status).toBe(400);
  expect(pair.provider.calls).toHaveLength(0);
  return told;
}

describe.each(pairs.table)("%s", (_, pair) => {
  const own = hints[pair.client.name];
  const names = lost[pair.client.name][pair.upstream.name] ?? [];

  test.each([false, true])("hints that are left out are named, streamed: %p", async (streamed) => {
    pair.provider.holds([{ text: "Hi." }]);
    const told = await pair.ask({ text: "Hello", own }, { streamed });
    expect(told).toMatchObject({ status: 200, text: "Hi." });
    expect(told.dropped.toSorted()).toEqual(names.toSorted());
    expect(/vendor_?field/i.test(new TextDecoder().decode(pair.heard().body))).toBe(pair.isSame);
  });

  test("a strict call is refused instead, or carried whole", async () => {
    if (names.length > 0) {
      const { error } = await refusal(pair, own, true);
      for (const name of names) expect(wordOf(error["message"])).toContain(`'${name}'`);
      expect(names.filter((name) => fieldIn[pair.client.name](error).includes(name))).not.toEqual([]);
      return;
    }
    pair.provider.holds([{ text: "Hi." }]);
    const told = await pair.ask({ text: "Hello", own }, { strict: true });
    expect(told).toMatchObject({ status: 200, text: "Hi.", dropped: [] });
  });

  test("a strict call of which nothing is lost is answered", async () => {
    pair.provider.holds([{ text: "Hi." }]);
    const told = await pair.ask({ text: "Hello", system: "Be short." }, { strict: true, streamed: true });
    expect(told).toMatchObject({ status: 200, text: "Hi.", dropped: [] });
  });

  test("pitfalls 2, 3 a temperature that the model does not take is named or clamped", async () => {
    const setting = pair.client.name === "gemini-generate" ? "generationConfig.temperature" : "temperature";
    const sent = (temperature: number): Fields =>
      pair.client.name === "gemini-generate" ? { generationConfig: { temperature } } : { temperature };
    if (pair.isSame || pair.upstream.name === "openai-chat" || pair.upstream.name === "gemini-generate") return;
    // Anthropic's callers go up to 1 themselves.
    const asked = pair.client.name === "anthropic-messages" ? 0 : 1.4;
    pair.provider.holds([{ text: "Hi." }]);
    const told = await pair.ask({ text: "Hello", own: sent(asked) });
    expect(told).toMatchObject({ status: 200, dropped: [setting] });
    const left = pair.upstream.name === "anthropic-messages" ? 1 : undefined;
    expect(pair.heard().json()["temperature"]).toBe(left);
  });
});

/** Wishes without which the answer would be another kind of thing, and the field that says so. */
const wishes: Partial<PerWire<readonly (readonly [Fields, string, (upstream: string) => boolean])[]>> = {
  "openai-chat": [
    [{ n: 2 }, "n", (upstream) => upstream !== "gemini-generate"],
    [{ logprobs: true }, "logprobs", (upstream) => upstream === "anthropic-messages"],
    [{ modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } }, "modalities", () => true],
  ],
  "openai-responses": [
    [{ background: true }, "background", () => true],
    [{ conversation: "conv_1" }, "conversation", () => true],
    [{ prompt: { id: "pmpt_1" } }, "prompt", () => true],
    [{ previous_response_id: "resp_unknown" }, "previous_response_id", () => true],
  ],
  "anthropic-messages": [
    [{ container: "container_1" }, "container", () => true],
    [{ mcp_servers: [{ type: "url", url: "https://mcp.example", name: "m" }] }, "mcp_servers", () => true],
  ],
  "gemini-generate": [
    [{ cachedContent: "cachedContents/1" }, "cachedContent", () => true],
    [{ generationConfig: { candidateCount: 2 } }, "generationConfig.candidateCount", (name) => name !== "openai-chat"],
  ],
};

const refusing = pairs.translated.flatMap(([title, pair]) =>
  (wishes[pair.client.name] ?? [])
    .filter(([, , isRefused]) => isRefused(pair.upstream.name))
    .map(([own, field]): [string, string, Pair, Fields] => [title, field, pair, own]),
);
test.each(refusing)(
  "pitfalls 29, 30 %s: %s is a 400 that names it, and nothing is sent",
  async (_, field, pair, own) => {
    const { error } = await refusal(pair, own);
    expect(fieldIn[pair.client.name](error)).toContain(field);
  },
);

test("pitfalls 4, 46 a limit is said in the provider's own field", async () => {
  const limit: PerWire<(body: Fields) => unknown> = {
    "openai-chat": (body) => body["max_tokens"] ?? body["max_completion_tokens"],
    "openai-responses": (body) => body["max_output_tokens"],
    "anthropic-messages": (body) => body["max_tokens"],
    "gemini-generate": (body) => fieldsOf(body["generationConfig"])["maxOutputTokens"],
  };
  const asked: PerWire<Fields> = {
    "openai-chat": { max_completion_tokens: 500 },
    "openai-responses": { max_output_tokens: 500 },
    "anthropic-messages": { max_tokens: 500 },
    "gemini-generate": { generationConfig: { maxOutputTokens: 500 } },
  };
  for (const [, pair] of pairs.table) {
    pair.provider.holds([{ text: "Hi." }]);
    const told = await pair.ask({ text: "Hello", own: asked[pair.client.name] });
    expect(told).toMatchObject({ status: 200, dropped: [] });
    expect(limit[pair.upstream.name](pair.heard().json())).toBe(500);
  }
});

test("pitfall 1 Anthropic is always sent a limit", async () => {
  for (const [, pair] of pairs.table) {
    if (pair.isSame || pair.upstream.name !== "anthropic-messages") continue;
    pair.provider.holds([{ text: "Hi." }]);
    await pair.ask({ text: "Hello" });
    expect(Number(pair.heard().json()["max_tokens"])).toBeGreaterThan(8_000);
  }
});
