import { describe, expect, test } from "bun:test";
import { type ErrorCode, errorTable, GatewayError } from "#core/errors.ts";
import { parseObject } from "#core/wire/json-value.ts";
import { readOpenAiError } from "#core/wire/openai-error/read-error.ts";
import { renderOpenAiError, renderOpenAiStreamError } from "#core/wire/openai-error/render-error.ts";
import { readRetryAfterMs } from "#core/wire/retry-after.ts";
import { upstreamRefusal } from "#core/wire/upstream-error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const refusalBody = encoder.encode(
  '{"error": {"message":"no such thing","type":"invalid_request_error","param":null,"code":"unknown_parameter","extra":1}}\n',
);
const json = { contentType: "application/json; charset=utf-8" };

describe("reading a provider's error", () => {
  test("every status has one meaning", () => {
    const rows: [number, ErrorCode][] = [
      [400, "upstream_rejected"],
      [404, "upstream_rejected"],
      [409, "upstream_rejected"],
      [413, "upstream_rejected"],
      [422, "upstream_rejected"],
      [401, "upstream_auth"],
      [402, "upstream_auth"],
      [403, "upstream_auth"],
      [408, "upstream_timeout"],
      [504, "upstream_timeout"],
      [429, "upstream_rate_limited"],
      [500, "upstream_error"],
      [502, "upstream_error"],
      [503, "upstream_overloaded"],
      [529, "upstream_overloaded"],
      [301, "upstream_redirect"],
      [307, "upstream_redirect"],
      [199, "upstream_bad_response"],
      [700, "upstream_bad_response"],
    ];
    for (const [status, code] of rows)
      expect([status, readOpenAiError(status, refusalBody, json).code]).toEqual([status, code]);
  });

  test("F47 nothing of the provider's words about our credentials is kept", () => {
    const error = readOpenAiError(
      401,
      encoder.encode('{"error":{"message":"Incorrect API key provided: sk-abc"}}'),
      json,
    );
    expect(error.upstream).toBeUndefined();
    const shown = renderOpenAiError(error, "req_1");
    expect(shown.status).toBe(502);
    expect(shown.headers["x-should-retry"]).toBe("false");
    expect(decoder.decode(shown.body)).not.toContain("sk-abc");
  });

  test("F45 a wait is read in every form and clamped, junk is ignored", () => {
    const date = "Fri, 20 Nov 2026 10:00:00 GMT";
    const rows: [Parameters<typeof readRetryAfterMs>[0], number | undefined][] = [
      [{ retryAfter: "2" }, 2000],
      [{ retryAfter: "0" }, 0],
      [{ retryAfter: "1.5" }, 1500],
      [{ retryAfter: "9", retryAfterMs: "120" }, 120],
      [{ retryAfter: "1000000000" }, 300_000],
      [{ retryAfter: "-1" }, undefined],
      [{ retryAfter: "soon" }, undefined],
      [{ retryAfter: "" }, undefined],
      [{ retryAfterMs: "1e9", retryAfter: "3" }, 3000],
      [{ retryAfter: "Fri, 20 Nov 2026 10:00:07 GMT", date }, 7000],
      [{ retryAfter: "Fri, 20 Nov 2026 09:00:00 GMT", date }, 0],
      [{ retryAfter: "Fri, 20 Nov 2026 10:00:07 GMT" }, undefined],
      [{ retryAfter: "Fri, 99 Nov 2026 10:00:07 GMT", date }, undefined],
      [{}, undefined],
    ];
    for (const [headers, waitMs] of rows) expect([headers, readRetryAfterMs(headers)]).toEqual([headers, waitMs]);
  });
});

describe("rendering an error", () => {
  test("every code has OpenAI's envelope and the table's status", () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      const shown = renderOpenAiError(new GatewayError(code, "Because."), "req_1");
      expect(shown.status).toBe(errorTable[code].status);
      const error = parseObject(shown.body)?.["error"];
      expect(error).toMatchObject({ type: expect.any(String), param: code === "model_not_found" ? "model" : null });
    }
  });

  test("names the field, rounds the wait up to whole seconds, and stops useless retries", () => {
    const field = renderOpenAiError(new GatewayError("invalid_request", "No.", { details: { field: "n" } }), "req_1");
    expect(parseObject(field.body)).toEqual({
      error: { message: "No.", type: "invalid_request_error", param: "n", code: null },
    });
    const limited = renderOpenAiError(new GatewayError("rate_limited", "Wait.", { retryAfterMs: 1200 }), "req_1");
    expect(limited.headers).toEqual({ "content-type": "application/json", "retry-after": "2" });
    const soon = renderOpenAiError(new GatewayError("overloaded", "Wait.", { retryAfterMs: 0 }), "req_1");
    expect(soon.headers["retry-after"]).toBe("1");
    expect(renderOpenAiError(new GatewayError("deadline_exceeded", "Late."), "r").headers["x-should-retry"]).toBe(
      "false",
    );
  });

  test("an internal error shows the request's id and nothing else", () => {
    const error = new GatewayError("internal", "ENOENT /home/me/secret", { cause: new Error("x") });
    expect(decoder.decode(renderOpenAiError(error, "req_7").body)).not.toContain("secret");
    expect(decoder.decode(renderOpenAiError(error, "req_7").body)).toContain("req_7");
  });

  test.each(["storage_failed", "storage_corrupt", "config_invalid"] as const)(
    "%s shows the request's id, and nothing of the machine",
    (code) => {
      const error = new GatewayError(code, "The disk is full (/home/me/gateway.db).");
      const shown = decoder.decode(renderOpenAiError(error, "req_7").body);
      expect(shown).toContain("req_7");
      expect(shown).not.toContain("/home");
    },
  );

  test("a provider's refusal of the request is forwarded word for word with its status", () => {
    for (const status of [400, 404, 409, 413, 422, 429]) {
      const shown = renderOpenAiError(readOpenAiError(status, refusalBody, { ...json, retryAfter: "3" }), "req_1");
      expect(shown.status).toBe(status);
      expect(shown.body).toEqual(refusalBody);
      expect(shown.headers["retry-after"]).toBe("3");
    }
  });

  test("a refusal in another shape is told in our words", () => {
    const page = readOpenAiError(404, encoder.encode("<html>nginx</html>"), { contentType: "text/html" });
    expect(parseObject(renderOpenAiError(page, "r").body)).toMatchObject({ error: { code: "upstream_rejected" } });
    const other = readOpenAiError(400, encoder.encode('{"detail":"x"}'), json);
    expect(renderOpenAiError(other, "r").status).toBe(400);
    expect(decoder.decode(renderOpenAiError(other, "r").body)).not.toContain("detail");
  });

  test("T-10 in a stream it is one data event without an end mark", () => {
    const text = decoder.decode(renderOpenAiStreamError(new GatewayError("upstream_truncated", "Cut."), "req_1"));
    expect(text).toBe(
      'data: {"error":{"message":"Cut.","type":"upstream_error","param":null,"code":"upstream_truncated"}}\n\n',
    );
    const forwarded = decoder.decode(renderOpenAiStreamError(readOpenAiError(400, refusalBody, json), "req_1"));
    expect(forwarded.split("\n")).toHaveLength(3);
    expect(forwarded).toContain('"extra":1');
  });

  test("pitfall 72 another family's refusal is told in its own sentence, never in its envelope", () => {
    const theirs = encoder.encode('{"type":"error","error":{"type":"not_found_error","message":"model: x"}}');
    const shown = (status: number, message: string, type: string) => {
      const error = upstreamRefusal("anthropic", status, theirs, json, { message, type });
      const { status: seen, body } = renderOpenAiError(error, "r");
      return [seen, parseObject(body)?.["error"]];
    };
    expect(shown(404, "model: x", "not_found_error")).toEqual([
      404,
      { message: "model: x", type: "invalid_request_error", param: null, code: "upstream_rejected" },
    ]);
    expect(shown(429, "Slow down.", "rate_limit_error")).toEqual([
      429,
      { message: "Slow down.", type: "rate_limit_error", param: null, code: "rate_limit_exceeded" },
    ]);
    expect(shown(529, "Overloaded", "overloaded_error")).toMatchObject([503, { code: "upstream_overloaded" }]);
    expect(shown(401, "invalid x-api-key", "authentication_error")).toMatchObject([502, { code: "upstream_auth" }]);
    const streamed = renderOpenAiStreamError(upstreamRefusal("anthropic", 400, theirs, json, { message: "No." }), "r");
    expect(decoder.decode(streamed)).toContain('"message":"No."');
  });

  test("pitfall 74 a prompt that is too long is told in OpenAI's words, with the numbers where they are known", () => {
    const told = (message: string) => {
      const error = upstreamRefusal("anthropic", 400, refusalBody, json, { message });
      const { status, body } = renderOpenAiError(error, "r");
      return [status, parseObject(body)?.["error"]];
    };
    const sentence = "Your input exceeds the context window of this model.";
    const rest = { type: "invalid_request_error", param: null, code: "context_length_exceeded" };
    expect(told("prompt is too long: 210000 tokens > 200000 maximum")).toEqual([
      400,
      {
        message: `${sentence} This model's maximum context length is 200000 tokens. However, your input has 210000 tokens.`,
        ...rest,
      },
    ]);
    expect(told("Input is too long for requested model.")).toEqual([
      400,
      { message: `${sentence} Please adjust your input and try again.`, ...rest },
    ]);
    const own = encoder.encode('{"error":{"message":"too long","code":"context_length_exceeded"}}');
    expect(renderOpenAiError(readOpenAiError(400, own, json), "r").body).toEqual(own);
  });
});
