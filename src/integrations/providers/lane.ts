import type { ProviderCall } from "#core/routing/provider.ts";
import { strictRefusal } from "#core/translation/notes.ts";
import type { Translation } from "#core/translation/translate.ts";
import type { Codec, Forwarding } from "#core/wire/codec.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { decideToken } from "#core/wire/opaque-token.ts";

/** How a call reaches its provider, and how the answer finds its way back. */
export interface Lane {
  readonly body: Uint8Array;
  /** What could not be carried, in the caller's words. */
  readonly dropped: readonly string[];
  /** Present when the answer was asked for in another protocol than the caller's: only its meaning goes back. */
  readonly restore?: Translation["restore"];
}

const nothing: readonly string[] = [];

/**
 * The caller's own bytes, patched; opaque tokens that other providers made are taken out with the thinking that carries them, our
 * wrapping taken off. Throws `unsupported_value` where a strict call would lose thinking.
 */
export function forwardedLane(
  codec: Codec,
  call: ProviderCall,
  provider: string,
  forwarding: Omit<Forwarding, "model">,
): Lane {
  let isLost = false;
  const replaced = codec.replaceTokens(call.body, (token) => {
    const decision = decideToken(token, provider, call.tokenMaker(token));
    isLost ||= decision === "drop";
    return decision;
  });
  const body = replaced === undefined ? call.body : decodeJsonBody(replaced);
  const lost = isLost && replaced !== undefined ? historyField(call) : undefined;
  if (lost !== undefined && call.strict) throw strictRefusal([lost], provider);
  const dropped = lost === undefined ? nothing : [lost];
  return { body: codec.forwardRequest(body, { ...forwarding, model: call.model }), dropped };
}

/** Where the caller first wrote thinking of a model. */
function historyField({ request }: ProviderCall): string {
  const asked = request.operation === "embeddings" ? undefined : request.chat.asked;
  return asked?.get("reasoning_history") ?? "reasoning_history";
}
