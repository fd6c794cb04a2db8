import { expect, test } from "bun:test";
import type { ErrorCode } from "#core/errors.ts";
import { statusOfWords, upstreamRefusal } from "#core/wire/upstream-error.ts";

const body = new TextEncoder().encode("{}");
const json = { contentType: "application/json" };

test("a refusal carries the answer, its family and a clean sentence", () => {
  const error = upstreamRefusal("anthropic", 404, body, json, { message: "model: x at https://a.example/b" });
  expect([error.code, error.status]).toEqual(["upstream_rejected", 404]);
  expect(error.upstream).toEqual({
    status: 404,
    contentType: "application/json",
    body,
    family: "anthropic",
    message: "model: x at [address]",
  });
});

test("pitfall 74 a prompt that is too long is known in any family, with its numbers", () => {
  const message = "prompt is too long: 210000 tokens > 200000 maximum";
  for (const status of [400, 413, 422]) {
    const error = upstreamRefusal("anthropic", status, body, json, { message });
    expect([error.code, error.status, error.details]).toEqual([
      "context_length_exceeded",
      400,
      { upstream_status: status, tokens: 210_000, max_tokens: 200_000 },
    ]);
    expect(error.upstream?.message).toBe(message);
  }
  expect(upstreamRefusal("anthropic", 500, body, json, { message }).code).toBe("upstream_error");
});

test("pitfall 72 what failed at the provider has its clean sentence and its id of the call", () => {
  for (const [status, code] of [
    [500, "upstream_error"],
    [503, "upstream_overloaded"],
    [504, "upstream_timeout"],
  ] as const) {
    const said = { message: "Worker at 10.0.0.7 died.\n    at run (/srv/a.ts:1)" };
    const error = upstreamRefusal("openai", status, body, { ...json, requestId: "up-1" }, said);
    expect([error.code, error.upstream?.message, error.upstreamRequestId]).toEqual([
      code,
      "Worker at [address] died.",
      "up-1",
    ]);
  }
});

test("pitfall 73 what refuses our credentials or account is not the caller's fault and carries nothing", () => {
  const rows = [
    upstreamRefusal("gemini", 400, body, json, { message: "API key not valid.", credentials: true }),
    upstreamRefusal("anthropic", 400, body, json, { message: "Your credit balance is too low to access the API." }),
    upstreamRefusal("anthropic", 402, body, { ...json, retryAfter: "3" }, { type: "billing_error" }),
  ];
  expect(rows[0]?.message).toBe("The provider refused the gateway's credentials (status 400).");
  for (const error of rows) {
    expect([error.code, error.status, error.upstream, error.retryAfterMs]).toEqual([
      "upstream_auth",
      502,
      undefined,
      undefined,
    ]);
  }
});

test("pitfall 71 a wait in the headers comes before one in the body, and both are bounded", () => {
  const wait = (retryAfter: string | undefined, retryAfterMs: number) =>
    upstreamRefusal("gemini", 429, body, retryAfter === undefined ? {} : { retryAfter }, { retryAfterMs }).retryAfterMs;
  expect(wait(undefined, 34_400)).toBe(34_400);
  expect(wait("2", 34_400)).toBe(2000);
  expect(wait(undefined, 1e12)).toBe(300_000);
  expect(wait(undefined, Number.NaN)).toBeUndefined();
});

test("pitfall 73 an empty account of the gateway's is refused credentials, never the caller's limit", () => {
  for (const status of [400, 429]) {
    const error = upstreamRefusal("openai", status, body, json, { type: "insufficient_quota" });
    expect([error.code, error.status, error.upstream]).toEqual(["upstream_auth", 502, undefined]);
  }
});

test("a limit that is answered with 400 is a limit", () => {
  expect(upstreamRefusal("openai", 400, body, json, { code: "rate_limit_exceeded" }).code).toBe(
    "upstream_rate_limited",
  );
  expect(upstreamRefusal("gemini", 400, body, json, { type: "RESOURCE_EXHAUSTED" }).code).toBe("upstream_rate_limited");
});

test("an error inside a stream has the status that its words mean", () => {
  const rows: [string, number, ErrorCode][] = [
    ["overloaded_error", 503, "upstream_overloaded"],
    ["UNAVAILABLE", 503, "upstream_overloaded"],
    ["rate_limit_error", 429, "upstream_rate_limited"],
    ["RESOURCE_EXHAUSTED", 429, "upstream_rate_limited"],
    ["authentication_error", 401, "upstream_auth"],
    ["billing_error", 401, "upstream_auth"],
    ["timeout_error", 504, "upstream_timeout"],
    ["DEADLINE_EXCEEDED", 504, "upstream_timeout"],
    ["invalid_request_error", 400, "upstream_rejected"],
    ["INVALID_ARGUMENT", 400, "upstream_rejected"],
    ["not_found_error", 404, "upstream_rejected"],
    ["request_too_large", 413, "upstream_rejected"],
    ["api_error", 500, "upstream_error"],
    ["server_error", 500, "upstream_error"],
    ["INTERNAL", 500, "upstream_error"],
  ];
  for (const [words, status, code] of rows) {
    expect([words, statusOfWords(words)]).toEqual([words, status]);
    expect(upstreamRefusal("openai", status, body, {}, { type: words }).code).toBe(code);
  }
});
