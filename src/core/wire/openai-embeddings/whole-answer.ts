import type { ChatEvent } from "#core/chat/event.ts";
import { foldAnswer } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";
import type { EncodeContext } from "#core/wire/codec.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { decodeVector, encodeVector } from "#core/wire/openai-embeddings/vector.ts";
import { decodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { openAiErrorInAnswer } from "#core/wire/openai-error/read-error.ts";
import { parsedAnswer } from "#core/wire/parsed-answer.ts";

/** An embeddings body as events. Throws the error that the body holds, or `upstream_bad_response`. */
export function decodeWholeEmbeddings(body: Uint8Array): ChatEvent[] {
  const answer = parsedAnswer(body, openAiErrorInAnswer);
  if (answer === undefined || !Array.isArray(answer["data"])) throw notEmbeddings();
  const model = textOf(answer["model"]);
  const usage = decodeUsage(answer["usage"]);
  const events: ChatEvent[] = [{ type: "start", ...(model === undefined ? {} : { model }) }];
  listOf(answer["data"]).forEach((entry, position) => {
    const { index, embedding } = recordOf(entry) ?? {};
    const vector = decodeVector(embedding);
    if (vector === undefined) throw notEmbeddings();
    events.push({ type: "embedding", index: typeof index === "number" ? index : position, vector });
  });
  // Embedding writes no tokens; the protocol has no field to say so.
  if (usage !== undefined) events.push({ type: "usage", usage: { outputTokens: 0, ...usage } });
  events.push({ type: "end" });
  return events;
}

const encoder = new TextEncoder();

/** An embeddings body from events, vectors written as the caller asked. */
export function encodeWholeEmbeddings(events: readonly ChatEvent[], context: EncodeContext): Uint8Array {
  const { embeddings, usage } = foldAnswer(events);
  const data = embeddings.map(({ index, vector }) => ({
    object: "embedding",
    index,
    embedding: encodeVector(vector, context.embeddingEncoding),
  }));
  const counts =
    usage === undefined ? undefined : { prompt_tokens: usage.inputTokens, total_tokens: usage.inputTokens };
  return encoder.encode(JSON.stringify({ object: "list", data, model: context.model, usage: counts }));
}

function notEmbeddings(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider's answer is not a list of embeddings.");
}
