import type { Protocol } from "#core/wire/codec.ts";
import type { DoorParts, Route } from "#http/route.ts";
import { callModel } from "#http/routes/model-call.ts";

const protocols: readonly (readonly [path: string, protocol: Protocol])[] = [
  ["/v1/chat/completions", "openai-chat"],
  ["/v1/completions", "openai-completions"],
  ["/v1/embeddings", "openai-embeddings"],
  ["/v1/responses/input_tokens", "openai-count-tokens"],
];

/** OpenAI's endpoints that call models and keep nothing. */
export function openAiRoutes(parts: DoorParts): Route[] {
  return protocols.map(([path, protocol]) => ({
    method: "POST",
    path,
    permission: "models:call",
    errors: protocol,
    handle: (visit, principal) => callModel(parts, { codec: parts.codecs[protocol], address: {} }, visit, principal),
  }));
}
