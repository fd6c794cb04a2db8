import type { UpstreamLimits, UpstreamRequest, UpstreamResponse } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import { rejectionOf } from "./rejection-of.ts";

/** Generous limits for calls whose clocks are not under test. */
export const easyLimits: UpstreamLimits = {
  connectTimeoutMs: 5_000,
  headTimeoutMs: 5_000,
  idleTimeoutMs: 5_000,
  maxBodyBytes: Number.POSITIVE_INFINITY,
};

/** A POST of `{}` with easy limits, changed by `changes`. */
export function post(
  url: string,
  changes: Partial<Omit<UpstreamRequest, "limits">> & { readonly limits?: Partial<UpstreamLimits> } = {},
): UpstreamRequest {
  return {
    method: "POST",
    peer: "acme",
    url,
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode("{}"),
    signal: new AbortController().signal,
    ...changes,
    limits: { ...easyLimits, ...changes.limits },
  };
}

/** The whole body as latin1 text, so that every byte stays visible. */
export async function readText(response: UpstreamResponse): Promise<string> {
  let text = "";
  for await (const chunk of response.body) text += Buffer.from(chunk).toString("latin1");
  return text;
}

/** The `GatewayError` that `promise` rejects with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  const outcome = await rejectionOf(promise);
  if (outcome instanceof GatewayError) return outcome;
  throw outcome;
}
