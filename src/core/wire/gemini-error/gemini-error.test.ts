import { describe, expect, test } from "bun:test";
import { type ErrorCode, errorTable, GatewayError } from "#core/errors.ts";
import { readGeminiError } from "#core/wire/gemini-error/read-error.ts";
import { renderGeminiError } from "#core/wire/gemini-error/render-error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const json = { contentType: "application/json; charset=UTF-8" };
const google = (code: number, status: string, message: string, ...details: readonly object[]) =>
  encoder.encode(JSON.stringify({ error: { code, message, status, ...(details.length === 0 ? {} : { details }) } }));
const shown = (error: GatewayError) => {
  const { status, headers, body } = renderGeminiError(error, "req_1");
  return { status, headers, error: JSON.parse(decoder.decode(body)).error, body: decoder.decode(body) };
};
const retryInfo = (retryDelay: string) => ({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });

describe("a refusal of Google's", () => {
  test("pitfall 71: keeps the wait that RetryInfo tells, and goes to a Gemini caller word for word", () => {
    const body = google(429, "RESOURCE_EXHAUSTED", "Quota.", { "@type": "QuotaFailure" }, retryInfo("34.4s"));
    const error = readGeminiError(429, body, json);
    expect([error.code, error.retryAfterMs]).toEqual(["upstream_rate_limited", 34_400]);
    const { status, headers, body: rendered } = shown(error);
    expect([status, headers["retry-after"], rendered]).toEqual([429, "35", decoder.decode(body)]);
  });

  test("pitfall 71: comes as 400 with RESOURCE_EXHAUSTED too", () => {
    const error = readGeminiError(400, google(429, "RESOURCE_EXHAUSTED", "Quota."), json);
    expect(error.code).toBe("upstream_rate_limited");
  });

  test("pitfall 73: 400 API_KEY_INVALID means our key, and the caller sees nothing of it", () => {
    const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" };
    const error = readGeminiError(400, google(400, "INVALID_ARGUMENT", "API key not valid.", info), json);
    expect([error.code, error.upstream]).toEqual(["upstream_auth", undefined]);
    expect(shown(error)).toMatchObject({
      status: 502,
      error: { status: "INTERNAL" },
      headers: { "x-should-retry": "false" },
    });
    expect(shown(error).body).not.toContain("API key not valid");
  });

  test("pitfall 74: an input too long is known with its numbers", () => {
    const message = "The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).";
    const error = readGeminiError(400, google(400, "INVALID_ARGUMENT", message), json);
    expect(error.code).toBe("context_length_exceeded");
    expect(error.details).toMatchObject({ tokens: 1_250_074, max_tokens: 1_048_576 });
  });

  test("may stand in a list, as streams without alt=sse have it, or be no JSON at all", () => {
    const inList = encoder.encode(`[${decoder.decode(google(404, "NOT_FOUND", "models/x is not found."))}]`);
    expect(readGeminiError(404, inList, json)).toMatchObject({
      code: "upstream_rejected",
      upstream: { family: "gemini", status: 404, message: "models/x is not found." },
    });
    expect(readGeminiError(502, encoder.encode("<html>"), {}).code).toBe("upstream_error");
  });
});

describe("our error in Google's envelope", () => {
  test("pitfall 72: every code has an HTTP status and a word of google.rpc, and parses", () => {
    for (const code of Object.keys(errorTable)) {
      const { status, error } = shown(new GatewayError(code as ErrorCode, "Words."));
      // Google has no 402.
      const shownStatus = code === "budget_exhausted" ? 429 : errorTable[code as ErrorCode].status;
      expect([error.code, status]).toEqual([status, shownStatus]);
      expect(error.status).toMatch(/^[A-Z_]+$/);
      expect(error.message).not.toBe("");
    }
  });

  test("pitfall 72: what another provider does not find has Google's word for it", () => {
    const upstream = { status: 404, contentType: "", body: new Uint8Array(), family: "openai" } as const;
    const { error } = shown(new GatewayError("upstream_rejected", "Refused.", { upstream }));
    expect(error).toMatchObject({ code: 404, status: "NOT_FOUND" });
  });

  test("pitfall 72: another provider's refusal is told in its sentence, not in its envelope", () => {
    const upstream = {
      status: 400,
      contentType: "application/json",
      body: encoder.encode('{"error":{"message":"Bad tool.","type":"x"}}'),
      family: "openai",
      message: "Bad tool.",
    } as const;
    expect(shown(new GatewayError("upstream_rejected", "Refused.", { upstream })).error).toEqual({
      code: 400,
      message: "Bad tool.",
      status: "INVALID_ARGUMENT",
    });
  });

  test("pitfall 72: an overload is 503, never 529", () => {
    expect(shown(new GatewayError("upstream_overloaded", "Busy.")).error).toMatchObject({
      code: 503,
      status: "UNAVAILABLE",
    });
  });

  test("pitfall 71: a wait stands in RetryInfo and in the header", () => {
    const { headers, error } = shown(new GatewayError("rate_limited", "Slow down.", { retryAfterMs: 1500 }));
    expect([headers["retry-after"], error.status, error.details]).toEqual([
      "2",
      "RESOURCE_EXHAUSTED",
      [retryInfo("1.5s")],
    ]);
  });

  test("a bad key is told in Google's reason, a bad field by its path", () => {
    expect(shown(new GatewayError("unauthenticated", "No.")).error.details[0]).toMatchObject({
      reason: "API_KEY_INVALID",
    });
    const field = "contents[0].parts";
    expect(shown(new GatewayError("invalid_request", "Bad.", { details: { field } })).error.details).toEqual([
      { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description: "Bad." }] },
    ]);
  });

  test("pitfall 74: an input too long is told in Gemini's words, with the numbers where they are known", () => {
    const details = { tokens: 9, max_tokens: 8 };
    expect(shown(new GatewayError("context_length_exceeded", "Long.", { details })).error.message).toBe(
      "The input token count (9) exceeds the maximum number of tokens allowed (8).",
    );
    expect(shown(new GatewayError("context_length_exceeded", "Long.")).error.message).toBe(
      "The input token count exceeds the maximum number of tokens allowed.",
    );
  });

  test("what is wrong inside the gateway is not told", () => {
    const secret = new GatewayError("internal", "/home/secret");
    expect(shown(secret).error.message).toBe("Internal error in request req_1.");
    expect(shown(new GatewayError("storage_failed", "/home/secret")).body).not.toContain("secret");
  });
});
