import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";
import { contextFor, options } from "#core/wire/openai-responses/responses.test-data.ts";

const encoder = new TextEncoder();
const read = (value: object | string): ChatEvent[] =>
  codec.decodeWhole(encoder.encode(typeof value === "string" ? value : JSON.stringify(value)), options);

function failure(value: object | string): GatewayError {
  try {
    read(value);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("accepted");
}

const response = (more: object) => ({
  id: "resp_1",
  object: "response",
  model: "m",
  created_at: 1.5,
  status: "completed",
  output: [],
  ...more,
});
const start = { type: "start", id: "resp_1", model: "m", createdSeconds: 1 } as const;
const end = { type: "end" } as const;

describe("whole answers", () => {
  test("a response that still runs in the background has no finish", () => {
    expect(read(response({ status: "queued" }))).toEqual([start, end]);
  });

  test("pitfall 65: usage is taken as the service counts it; nonsense is left out, zeros stay", () => {
    const usage = (said: object) => read(response({ usage: said })).find(({ type }) => type === "usage");
    expect(usage({ input_tokens: 0, output_tokens: 5, output_tokens_details: { reasoning_tokens: 0 } })).toEqual({
      type: "usage",
      usage: { inputTokens: 0, outputTokens: 5, reasoningTokens: 0 },
    });
    expect(usage({ input_tokens: -1, input_tokens_details: { cached_tokens: 3 }, output_tokens: 1e15 })).toEqual({
      type: "usage",
      usage: { cachedTokens: 3 },
    });
    expect(usage({ input_tokens: 2, input_tokens_details: { cached_tokens: 3 } })).toEqual({
      type: "usage",
      usage: { inputTokens: 2 },
    });
    expect(usage({})).toBeUndefined();
  });

  test("pitfall 65: usage is written with all its parts, or not at all while a count is unknown", () => {
    const written = (usage: object) => {
      const events: ChatEvent[] = [{ type: "usage", usage }, end];
      return JSON.parse(new TextDecoder().decode(codec.encodeWhole(events, contextFor()))).usage;
    };
    expect(
      written({ inputTokens: 5, cachedTokens: 2, cacheWriteTokens: 1, outputTokens: 7, reasoningTokens: 3 }),
    ).toEqual({
      input_tokens: 5,
      input_tokens_details: { cached_tokens: 2, cache_write_tokens: 1 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 12,
    });
    expect(written({ inputTokens: 5 })).toBeNull();
  });

  test("F36 F37 F38: a login page, a cut body and another protocol's answer are bad responses", () => {
    for (const body of ["<html>sign in</html>", '{"id":"resp_1","output":[{', "[]", { choices: [] }, {}]) {
      expect(failure(body).code).toBe("upstream_bad_response");
    }
  });

  test("a failed response, and an error in place of one, are that error", () => {
    const error = { code: "rate_limit_exceeded", message: "slow down" };
    expect(failure(response({ status: "failed", error })).code).toBe("upstream_rate_limited");
    expect(failure({ error: { type: "invalid_request_error", message: "no", code: "bad" } }).code).toBe(
      "upstream_rejected",
    );
    const broken = new GatewayError("upstream_error", "x");
    expect(() => codec.encodeWhole([{ type: "error", error: broken }], contextFor())).toThrow(broken);
  });

  test("C9: an over-long prompt is known by its words", () => {
    const body = encoder.encode(
      JSON.stringify({
        error: {
          message: "Your input exceeds the context window of this model. Please adjust your input and try again.",
          type: "invalid_request_error",
          param: "input",
          code: "context_length_exceeded",
        },
      }),
    );
    expect(codec.readError(400, body, { contentType: "application/json" }).code).toBe("context_length_exceeded");
  });
});
