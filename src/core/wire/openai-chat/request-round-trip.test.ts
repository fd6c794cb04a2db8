import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatRequest, Message, Part } from "#core/chat/request.ts";
import { encodeSample, sampleChat } from "#core/wire/openai-chat/samples.test-data.ts";

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 });
const text = word.map((words): Part => ({ type: "text", text: words }));
const picture = fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes): Part => ({
  type: "media",
  kind: "image",
  source: { type: "data", mimeType: "image/png", base64: bytes.toBase64() },
  path: "",
}));
const call = fc
  .record({ id: fc.uuid(), name: fc.constantFrom("f", "g"), argumentsText: word, custom: fc.boolean() })
  .map(({ custom, ...said }): Part => ({ type: "tool-call", form: custom ? "custom" : "function", ...said }));
const result = fc.record({ callId: fc.uuid(), words: word }).map(({ callId, words }): Message => ({
  role: "tool",
  parts: [{ type: "tool-result", callId, parts: [{ type: "text", text: words }] }],
}));

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.array(fc.oneof(text, picture), { minLength: 1, maxLength: 3 }).map((parts): Message => ({ role: "user", parts })),
  fc
    .record({ said: fc.array(text, { maxLength: 1 }), calls: fc.array(call, { maxLength: 3 }) })
    .map(({ said, calls }): Message => ({ role: "assistant", parts: [...said, ...calls] })),
  text.map((part): Message => ({ role: "system", parts: [part] })),
  result,
);
const conversation = fc
  .array(message, { minLength: 1, maxLength: 8 })
  .map((messages): readonly Message[] => [{ role: "user", parts: [{ type: "text", text: "hi" }] }, ...messages]);

const settings = fc.record(
  {
    temperature: fc.double({ min: 0.25, max: 2, noNaN: true }),
    topP: fc.double({ min: 0.25, max: 1, noNaN: true }),
    seed: fc.nat(),
    frequencyPenalty: fc.constantFrom(-1, 1.5),
    maxOutputTokens: fc.integer({ min: 1, max: 9000 }),
    stop: fc.array(word, { maxLength: 4 }),
    choices: fc.integer({ min: 1, max: 4 }),
    topLogprobs: fc.nat({ max: 5 }),
    serviceTier: fc.constantFrom("flex", "priority"),
    user: word,
    promptCacheKey: word,
    parallelToolCalls: fc.boolean(),
    toolChoice: fc.constantFrom<ChatRequest["toolChoice"]>(
      { type: "auto" },
      { type: "required" },
      { type: "tool", name: "f" },
      { type: "allowed", required: false, names: ["f", "g"] },
    ),
  },
  { requiredKeys: ["stop", "choices", "toolChoice"] },
);

const base: ChatRequest = {
  ...sampleChat({
    model: "gpt-4o",
    messages: [{ role: "user", content: "hi" }],
    tools: [
      { type: "function", function: { name: "f", description: "d", parameters: { type: "object" }, strict: false } },
      { type: "custom", custom: { name: "g" } },
    ],
  }),
};

/** What a part's place in the body adds to it does not count. */
function bare(chat: ChatRequest): unknown {
  const { asked, unknownFields, ...said } = chat;
  return JSON.parse(JSON.stringify(said, (key, value: unknown) => (key === "path" ? undefined : value)));
}

test("what is encoded for a provider decodes to the same request", () => {
  fc.assert(
    fc.property(conversation, settings, (messages, said) => {
      const chat: ChatRequest = { ...base, ...said, messages };
      const { body, notes } = encodeSample(chat);
      expect(notes).toEqual([]);
      const decoded = sampleChat(body);
      expect(decoded.unknownFields).toEqual([]);
      expect(bare(decoded)).toEqual(bare(chat));
    }),
  );
});

test("pitfall 37 T-14 a longer conversation begins with the bytes of the shorter one", () => {
  fc.assert(
    fc.property(conversation, message, settings, (messages, next, said) => {
      const shorter = encodeSample({ ...base, ...said, messages }).text;
      const longer = encodeSample({ ...base, ...said, messages: [...messages, next] }).text;
      expect(longer.startsWith(shorter.slice(0, -2))).toBe(true);
    }),
  );
});
