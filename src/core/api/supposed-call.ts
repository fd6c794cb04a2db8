import type { KeyId, RequestId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { principalOf } from "#core/identity/key-lookup.ts";
import type { Tier } from "#core/identity/key-policy.ts";
import { localPrincipal, type Principal } from "#core/identity/principal.ts";
import { freeHold } from "#core/limits/no-limits.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { Protocol } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

/** What a call that nobody has made is like. */
export interface Supposition {
  readonly model: string;
  readonly protocol: Protocol;
  readonly principal: Principal;
  readonly priority: string | undefined;
  /** Most tokens of its answer. */
  readonly outputTokens: number | undefined;
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
}

/** A call as the door would make it, to be judged and never sent. */
export function supposedCall({
  model,
  protocol,
  principal,
  priority,
  outputTokens,
  receivedAt,
}: Supposition): ModelCall {
  const said = {
    model,
    messages: [{ role: "user", content: "?" }],
    ...(outputTokens === undefined || outputTokens === 0 ? {} : { max_tokens: outputTokens }),
  };
  const body = decodeJsonBody(new TextEncoder().encode(JSON.stringify(said)));
  return {
    requestId: "req_supposed" as RequestId,
    principal,
    protocol,
    body,
    address: {},
    request: codecs["openai-chat"].decodeRequest(body, {}),
    strict: false,
    headers: {},
    receivedAt,
    limits: freeHold,
    ...(priority === undefined ? {} : { priority }),
    signal: new AbortController().signal,
  };
}

/** Whoever is supposed to call: a key, somebody of a tier, or the caller without a key. Rejects with `not_found`. */
export async function supposedCaller(
  store: Pick<IdentityStore, "findKey" | "findUser">,
  { key: id, tier }: { readonly key?: string | undefined; readonly tier?: Tier | undefined },
): Promise<Principal> {
  if (tier !== undefined) return { ...localPrincipal, kind: "key", policy: { tier, limits: {} } };
  if (id === undefined) return localPrincipal;
  const key = await store.findKey(id as KeyId);
  const user = key && (await store.findUser(key.userId));
  if (key === undefined || user === undefined) {
    throw new GatewayError("not_found", `There is no key ${JSON.stringify(id)}.`);
  }
  return principalOf({ key, user });
}
