import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { plainFacts as factsWith } from "#core/catalog/plain-facts.test-data.ts";
import type { ChatRequest } from "#core/chat/request.ts";
import type { EncodeContext, EncodeTarget } from "#core/wire/codec.ts";
import { authorDialect, type Dialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { openAiChatCodec } from "#core/wire/openai-chat/codec.ts";

const encoder = new TextEncoder();

/** A chat request read from its JSON, for tests. */
export function sampleChat(fields: object): ChatRequest {
  const decoded = openAiChatCodec.decodeRequest(decodeJsonBody(encoder.encode(JSON.stringify(fields))), {});
  if (decoded.operation !== "chat") throw new Error("not a chat request");
  return decoded.chat;
}

/** What an answer is written for, for tests. */
export function sampleContext(changes: Partial<EncodeContext> = {}): EncodeContext {
  const body = decodeJsonBody(encoder.encode('{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}'));
  return {
    model: "gpt-4o",
    requestId: "req_own",
    createdSeconds: 1_790_000_000,
    nowSeconds: () => 1_790_000_000,
    streamUsage: true,
    embeddingEncoding: "float",
    request: openAiChatCodec.decodeRequest(body, {}),
    body,
    address: {},
    ...changes,
  };
}

/** A model that does everything and does not think, for tests. */
export const plainFacts: ModelFacts = factsWith({
  model: "gpt-4o",
  midSystem: true,
});

/** A model of OpenAI's that thinks, for tests. */
export const thinkingFacts: ModelFacts = {
  ...plainFacts,
  model: "gpt-5",
  reasoning: { by: "effort", levels: ["minimal", "low", "medium", "high"] },
  sampling: false,
  openAiReasoning: true,
};

/** The body that a provider gets for a request, and what was noted on the way, for tests. */
export function encodeSample(
  chat: ChatRequest,
  facts: ModelFacts = plainFacts,
  dialect: Dialect = authorDialect,
): { readonly text: string; readonly body: Readonly<Record<string, unknown>>; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const target: EncodeTarget = { model: facts.model, facts, dialect, note: (what) => notes.push(what) };
  const bytes = openAiChatCodec.encodeRequest({ operation: "chat", chat }, target);
  const text = new TextDecoder().decode(bytes);
  return { text, body: JSON.parse(text), notes };
}
