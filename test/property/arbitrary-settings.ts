/** Settings of a request that a protocol can say. */
import fc from "fast-check";
import type { ChatRequest } from "#core/chat/request.ts";
import type { ChatProtocol } from "../golden/pair-lane.ts";

const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== "");

const shared = {
  maxOutputTokens: fc.integer({ min: 16, max: 9000 }),
  stream: fc.boolean(),
  toolChoice: fc.constantFrom<ChatRequest["toolChoice"]>(
    { type: "auto" },
    { type: "none" },
    { type: "required" },
    { type: "tool", name: "find" },
  ),
};
const format = fc.record({
  type: fc.constant("json-schema" as const),
  name: fc.constant("answer"),
  schema: fc.constant({
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  }),
  strict: fc.boolean(),
});
const stop = fc.array(words, { maxLength: 4 });
const temperature = fc.constantFrom(0, 0.5, 1);
const topP = fc.constantFrom(0.25, 1);
const effort = fc.constantFrom("low" as const, "medium" as const, "high" as const).map((level) => ({ effort: level }));
const penalty = fc.constantFrom(-1, 1.5);
const least = {
  requiredKeys: ["stream", "toolChoice", "maxOutputTokens"] as ("stream" | "toolChoice" | "maxOutputTokens")[],
};

/** Settings that each protocol can say. */
export const arbitrarySettings: Readonly<Record<ChatProtocol, fc.Arbitrary<Partial<ChatRequest>>>> = {
  "openai-chat": fc.record(
    {
      ...shared,
      stop,
      temperature,
      topP,
      seed: fc.nat(),
      frequencyPenalty: penalty,
      presencePenalty: penalty,
      user: words,
      choices: fc.integer({ min: 1, max: 4 }),
      topLogprobs: fc.nat({ max: 5 }),
      responseFormat: format,
      parallelToolCalls: fc.boolean(),
      promptCacheKey: words,
    },
    least,
  ),
  "openai-responses": fc.record(
    {
      ...shared,
      temperature,
      topP,
      user: words,
      responseFormat: format,
      reasoning: effort,
      parallelToolCalls: fc.boolean(),
      promptCacheKey: words,
      topLogprobs: fc.nat({ max: 5 }),
      verbosity: fc.constantFrom("low", "high"),
    },
    least,
  ),
  "anthropic-messages": fc
    .record(
      {
        ...shared,
        stop,
        temperature,
        topP,
        topK: fc.integer({ min: 1, max: 40 }),
        user: words,
        parallelToolCalls: fc.constant(false),
        responseFormat: format.map((said) => ({ type: said.type, schema: said.schema, strict: true })),
      },
      least,
    )
    // Nobody who may not call at all is told to call one by one.
    .map(({ parallelToolCalls, ...said }): Partial<ChatRequest> =>
      said.toolChoice.type === "none" || parallelToolCalls === undefined ? said : { ...said, parallelToolCalls },
    )
    // The session is what calls of the same user share a cache by.
    .map((said) => (said.user === undefined ? said : { ...said, promptCacheKey: said.user })),
  "gemini-generate": fc.record(
    {
      ...shared,
      stop,
      temperature,
      topP,
      topK: fc.integer({ min: 1, max: 40 }),
      seed: fc.nat({ max: 2 ** 31 - 1 }),
      frequencyPenalty: penalty,
      presencePenalty: penalty,
      choices: fc.integer({ min: 1, max: 4 }),
      topLogprobs: fc.nat({ max: 5 }),
      reasoning: fc.tuple(effort, fc.boolean()).map(([wish, visible]) => ({ ...wish, visible })),
      responseFormat: format.map(({ schema, type }) => ({ type, schema })),
    },
    least,
  ),
};
