import { expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import { nextAttempt } from "#core/routing/retry-rule.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";

const random = { bytes: (length: number) => new Uint8Array(length), uniform: () => 0.5 };

function candidate(name: string, pool: number, account?: number, model = "m"): Candidate {
  const provider = { ...stubProvider(name), ...(account === undefined ? {} : { account }) };
  return { provider, model, weight: 1, pool, upstreamProtocol: "openai-chat", translate: false };
}

const eu1 = candidate("eu", 0, 1);
const eu2 = candidate("eu", 0, 2);
const us = candidate("us", 0);
const asia = candidate("asia", 1);

function next(code: ErrorCode, remaining: readonly Candidate[], options = {}, before: readonly Candidate[] = []) {
  const attempt = nextAttempt([...before, eu1], remaining, new GatewayError(code, "no", options), 0, random);
  return attempt && [attempt.kind, attempt.waitMs, ...attempt.candidates.map(nameOf)];
}
const nameOf = ({ provider: { name, account } }: Candidate): string => `${name}${account ?? ""}`;

test("the rest of the same pool comes first, all of it together, at once and for nothing", () => {
  const other = candidate("other", 0);
  expect(next("upstream_overloaded", [us, other, asia])).toEqual(["fallback", 0, "us", "other"]);
  expect(next("upstream_timeout", [asia])).toEqual(["fallback", 0, "asia"]);
});

test("F47 a refused key gives way to another key of the same provider, for nothing", () => {
  expect(next("upstream_auth", [eu2, asia])).toEqual(["fallback", 0, "eu2"]);
  expect(next("upstream_auth", [])).toBeUndefined();
});

test("T-46 another key after a 429 is a retry: it draws on the budget, however long the first one is to be left alone", () => {
  expect(next("upstream_rate_limited", [eu2, asia], { retryAfterMs: 60_000 })).toEqual(["retry", 0, "eu2"]);
  expect(next("upstream_rate_limited", [eu2, us], { retryAfterMs: 60_000 })).toEqual(["fallback", 0, "us"]);
});

test("another key is no way around a server that failed: it waits and draws on the budget as the same one would", () => {
  expect(next("upstream_overloaded", [eu2, asia])).toEqual(["retry", 100, "eu2"]);
  expect(next("upstream_timeout", [eu2, asia])).toEqual(["fallback", 0, "asia"]);
  expect(next("upstream_bad_response", [eu2])).toBeUndefined();
});

test("the failed one is asked again only when nobody else is left and asking again is safe", () => {
  expect(next("upstream_error", [])).toEqual(["retry", 100, "eu1"]);
  expect(next("upstream_rate_limited", [], { retryAfterMs: 2000 })).toEqual(["retry", 2000, "eu1"]);
  expect(next("upstream_rate_limited", [], { retryAfterMs: 2001 })).toBeUndefined();
  expect(next("upstream_unavailable", [], { details: { sent: true } })).toBeUndefined();
  expect(next("upstream_rejected", [us, asia])).toBeUndefined();
});

test("T-46 a provider that the call has asked before is no fallback, with whichever key or model: it waits and draws on the budget", () => {
  const usOther = candidate("us", 1, undefined, "other");
  expect(next("upstream_overloaded", [usOther, candidate("asia", 2)], {}, [us])).toEqual(["retry", 100, "us"]);
  expect(next("upstream_overloaded", [candidate("us", 0, 2), candidate("asia", 0)], {}, [us])).toEqual([
    "fallback",
    0,
    "asia",
  ]);
  expect(next("upstream_timeout", [usOther], {}, [us])).toEqual(["retry", 100, "us"]);
  expect(next("upstream_rate_limited", [usOther], { retryAfterMs: 60_000 }, [us])).toEqual(["retry", 100, "us"]);
});
