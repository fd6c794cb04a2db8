import type { ChatEvent } from "#core/chat/event.ts";
import { foldAnswer } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";
import type { EncodeContext } from "#core/wire/codec.ts";
import { geminiErrorInAnswer } from "#core/wire/gemini-error/read-error.ts";
import { decodeUsage } from "#core/wire/gemini-generate/token-usage.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";
import { parsedAnswer } from "#core/wire/parsed-answer.ts";

/** The answer of `embedContent` or `batchEmbedContents` as events. Throws the error it holds, or `upstream_bad_response`. */
export function decodeWholeEmbeddings(body: Uint8Array): ChatEvent[] {
  const answer = parsedAnswer(body, geminiErrorInAnswer);
  const embeddings = answer?.["embedding"] === undefined ? listOf(answer?.["embeddings"]) : [answer["embedding"]];
  if (embeddings.length === 0) throw notEmbeddings();
  const events: ChatEvent[] = [{ type: "start" }];
  embeddings.forEach((value, index) => {
    const vector = listOf(recordOf(value)?.["values"]);
    if (vector.length === 0 || !vector.every((number) => typeof number === "number")) throw notEmbeddings();
    events.push({ type: "embedding", index, vector });
  });
  const usage = decodeUsage(answer?.["usageMetadata"]);
  // Embedding writes no tokens; the protocol has no field to say so.
  if (usage !== undefined) events.push({ type: "usage", usage: { ...usage, outputTokens: 0 } });
  events.push({ type: "end" });
  return events;
}

const encoder = new TextEncoder();

/** The answer of the method that the caller called. */
export function encodeWholeEmbeddings(events: readonly ChatEvent[], { request }: EncodeContext): Uint8Array {
  const { embeddings, usage } = foldAnswer(events);
  const values = embeddings.map(({ vector }) => ({ values: vector }));
  const batch = request.operation === "embeddings" && request.embedding.batch === true;
  const vectors = batch ? { embeddings: values } : { embedding: values[0] };
  const count = usage?.inputTokens;
  const usageMetadata = count === undefined ? undefined : { promptTokenCount: count, totalTokenCount: count };
  return encoder.encode(JSON.stringify({ ...vectors, usageMetadata }));
}

function notEmbeddings(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider's answer is not a list of embeddings.");
}
