import type { KeyId, RequestId } from "#core/effects/ids.ts";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { IdentityStore, KeyOwner } from "#core/identity/identity-store.ts";
import { endOf, isInForce, principalOf } from "#core/identity/key-lookup.ts";
import type { Tier } from "#core/identity/key-policy.ts";
import { localPrincipal, type Principal } from "#core/identity/principal.ts";
import { sees, sightOf } from "#core/identity/sight.ts";
import { isModelAllowed } from "#core/limits/allowed-models.ts";
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

/** Who is supposed to call, and who wants to know. */
export interface CallerAsked {
  /** Id of a key. */
  readonly key?: string | undefined;
  readonly tier?: Tier | undefined;
  readonly asker: Principal;
  /** Wall clock. */
  readonly nowMs: number;
}

/** Somebody who may call, or whom the door would turn away: a key that is revoked or has expired. */
export interface SupposedCaller {
  readonly principal: Principal;
  readonly isLetIn: boolean;
}

/**
 * Whoever is supposed to call: a key, somebody of a tier, or somebody without a key, these two of the asker's tenant. Rejects
 * with `not_found` for a key that is none, or is none of the asker's business.
 */
export async function supposedCaller(
  store: Pick<IdentityStore, "findKey" | "findUser">,
  { key: id, tier, asker, nowMs }: CallerAsked,
): Promise<SupposedCaller> {
  const somebody: Principal = { ...localPrincipal, tenantId: asker.tenantId };
  if (tier !== undefined) {
    return { principal: { ...somebody, kind: "key", policy: { tier, limits: {} } }, isLetIn: true };
  }
  if (id === undefined) return { principal: somebody, isLetIn: true };
  const found = await ownedKey(store, id as KeyId);
  if (found === undefined || !maySee(asker, found.key)) {
    throw new GatewayError("not_found", `There is no key ${JSON.stringify(id)}.`);
  }
  const { parentId } = found.key;
  const parent = parentId === undefined ? undefined : await ownedKey(store, parentId);
  const owner = parent === undefined ? found : { ...found, parent };
  return { principal: principalOf(owner), isLetIn: isInForce(owner) && endOf(owner) > nowMs };
}

async function ownedKey(store: Pick<IdentityStore, "findKey" | "findUser">, id: KeyId): Promise<KeyOwner | undefined> {
  const key = await store.findKey(id);
  const user = key && (await store.findUser(key.userId));
  return key === undefined || user === undefined ? undefined : { key, user, adminOf: [] };
}

/** Why the door would turn this caller away, before anything is scheduled; undefined where it would not. */
export function refusalAtDoor({ principal, isLetIn }: SupposedCaller, model: string): ErrorCode | undefined {
  if (!isLetIn) return "unauthenticated";
  const mayCall = principal.permissions.has("models:call") && isModelAllowed(principal, model);
  return mayCall ? undefined : "permission_denied";
}

/** Whoever may list the key learns nothing new by it. */
function maySee(asker: Principal, key: ApiKey): boolean {
  const { kind, permissions, tenantId } = asker;
  return kind === "root" || tenantId === key.tenantId || (permissions.has("keys:read") && sees(sightOf(asker), key));
}
