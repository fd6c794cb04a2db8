import { describe, expect, test } from "bun:test";
import { type ErrorCode, type ErrorFamily, GatewayError } from "#core/errors.ts";
import { readAnthropicError } from "#core/wire/anthropic-error/read-error.ts";
import { renderAnthropicError, renderAnthropicStreamError } from "#core/wire/anthropic-error/render-error.ts";

const encoder = new TextEncoder();
const json = "application/json";
const body = (type: string, message: string): Uint8Array =>
  encoder.encode(JSON.stringify({ type: "error", error: { type, message }, request_id: "req_theirs" }));

function rendered(error: GatewayError): { status: number; headers: unknown; body: unknown } {
  const answer = renderAnthropicError(error, "req_own");
  return { ...answer, body: JSON.parse(new TextDecoder().decode(answer.body)) as unknown };
}

describe("what a provider refuses", () => {
  test.each([
    [400, "invalid_request_error", "upstream_rejected"],
    [401, "authentication_error", "upstream_auth"],
    [402, "billing_error", "upstream_auth"],
    [403, "permission_error", "upstream_auth"],
    [404, "not_found_error", "upstream_rejected"],
    [413, "request_too_large", "upstream_rejected"],
    [429, "rate_limit_error", "upstream_rate_limited"],
    [500, "api_error", "upstream_error"],
    [504, "timeout_error", "upstream_timeout"],
    [529, "overloaded_error", "upstream_overloaded"],
  ])("%d %s is %s", (status, type, code) => {
    expect(readAnthropicError(status, body(type, "It was so."), { contentType: json }).code).toBe(code as ErrorCode);
  });

  test("pitfall 73: an account without credit is ours to mend, whatever the status", () => {
    const error = readAnthropicError(
      400,
      body("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
      {},
    );
    expect(error.code).toBe("upstream_auth");
    expect(rendered(error)).toMatchObject({ status: 502, body: { error: { type: "api_error" } } });
  });

  test("pitfall 74: a prompt that is too long is told with its numbers", () => {
    const error = readAnthropicError(
      400,
      body("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
      { contentType: json },
    );
    expect(error).toMatchObject({ code: "context_length_exceeded", details: { tokens: 210_000, max_tokens: 200_000 } });
  });

  test("pitfall 71: how long to wait is kept", () => {
    const error = readAnthropicError(429, body("rate_limit_error", "Slow down"), {
      contentType: json,
      retryAfter: "7",
    });
    expect(error.retryAfterMs).toBe(7000);
    expect(rendered(error)).toMatchObject({ status: 429, headers: { "retry-after": "7" } });
  });
});

describe("what the caller sees", () => {
  const refusal = (
    family: ErrorFamily,
    status: number,
    code: ErrorCode = "upstream_rejected",
    message?: string,
  ): GatewayError =>
    new GatewayError(code, "The provider refused the request.", {
      upstream: {
        status,
        contentType: json,
        body: body("invalid_request_error", "max_tokens: too much"),
        family,
        ...(message === undefined ? {} : { message }),
      },
    });

  test("Anthropic's own refusal goes on word for word", () => {
    expect(rendered(refusal("anthropic", 400))).toMatchObject({
      status: 400,
      body: { error: { message: "max_tokens: too much" }, request_id: "req_theirs" },
    });
  });

  test("pitfall 72: another family's refusal comes in Anthropic's envelope with its sentence", () => {
    expect(rendered(refusal("openai", 422, "upstream_rejected", "Bad tool."))).toEqual({
      status: 422,
      headers: { "content-type": json },
      body: { type: "error", error: { type: "invalid_request_error", message: "Bad tool." }, request_id: "req_own" },
    });
  });

  test("pitfall 72: what another family does not find has Anthropic's type for it", () => {
    expect(rendered(refusal("openai", 404, "upstream_rejected", "No such model."))).toMatchObject({
      status: 404,
      body: { error: { type: "not_found_error", message: "No such model." } },
    });
  });

  test("pitfall 74: an over-long prompt anywhere is told in the words that clients compact on", () => {
    const error = new GatewayError("context_length_exceeded", "Too long.", { details: { tokens: 9, max_tokens: 5 } });
    expect(rendered(error)).toMatchObject({
      status: 400,
      body: { error: { type: "invalid_request_error", message: "prompt is too long: 9 tokens > 5 maximum" } },
    });
    const unknown = new GatewayError("context_length_exceeded", "Too long.");
    expect(rendered(unknown)).toMatchObject({ body: { error: { message: "prompt is too long" } } });
  });

  test("pitfall 72: overload is 529, here and in a stream", () => {
    for (const code of ["overloaded", "draining", "upstream_overloaded"] as const) {
      expect(rendered(new GatewayError(code, "Busy."))).toMatchObject({
        status: 529,
        body: { error: { type: "overloaded_error" } },
      });
    }
    const frame = new TextDecoder().decode(
      renderAnthropicStreamError(new GatewayError("overloaded", "Busy."), "req_own"),
    );
    expect(frame).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Busy."},"request_id":"req_own"}\n\n',
    );
  });

  test("what no other try would mend says so, or clients would try for minutes", () => {
    const headersOf = (code: ErrorCode): unknown => rendered(new GatewayError(code, "No.")).headers;
    for (const code of ["unauthenticated", "upstream_auth", "internal"] as const) {
      expect(headersOf(code)).toMatchObject({ "x-should-retry": "false" });
    }
    for (const code of ["upstream_unavailable", "rate_limited", "invalid_request"] as const) {
      expect(headersOf(code)).not.toHaveProperty("x-should-retry");
    }
  });

  test.each([
    ["unauthenticated", 401, "authentication_error"],
    ["permission_denied", 403, "permission_error"],
    ["model_not_found", 404, "not_found_error"],
    ["request_too_large", 413, "request_too_large"],
    ["rate_limited", 429, "rate_limit_error"],
    ["deadline_exceeded", 504, "timeout_error"],
    ["upstream_auth", 502, "api_error"],
  ] as const)("%s is %d %s", (code, status, type) => {
    expect(rendered(new GatewayError(code, "No."))).toMatchObject({ status, body: { error: { type } } });
  });

  test("what is wrong inside is the log's", () => {
    expect(rendered(new GatewayError("internal", "at /secret/file.ts"))).toMatchObject({
      status: 500,
      body: { error: { type: "api_error", message: "Internal error in request req_own." } },
    });
  });
});

test("a thread that cannot be kept is refused in the words on which the official SDK goes on without one", () => {
  const refusal = new GatewayError("unsupported_value", "'thread' cannot be carried.", {
    details: { field: "thread" },
  });
  expect(rendered(refusal)).toMatchObject({
    status: 400,
    body: { error: { details: { error_code: "thread_unsupported_request", unsupported: ["thread"] } } },
  });
});
