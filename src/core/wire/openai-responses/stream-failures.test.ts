import { describe, expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";
import {
  completed,
  created,
  end,
  eventsOf,
  options,
  start,
  stop,
  streamOf,
} from "#core/wire/openai-responses/responses.test-data.ts";

describe("streams that fail", () => {
  test("an error, nested or flat, and a failed response end the answer with that error, and none of their bytes are shown", () => {
    const words = { code: "rate_limit_exceeded", message: "slow down", param: null };
    for (const event of [
      { type: "error", error: { type: "rate_limit_error", ...words } },
      { type: "error", ...words },
      { type: "response.failed", response: { status: "failed", error: { code: words.code, message: words.message } } },
    ]) {
      const stream = codec.createDecoder(options);
      const pieces = stream.push(streamOf([created, event, completed()]));
      const last = pieces.at(-1);
      const error = last?.events.find(({ type }) => type === "error");
      expect(error).toMatchObject({ error: { code: "upstream_rate_limited", upstream: { message: "slow down" } } });
      expect(last?.raw).toHaveLength(0);
      expect([...stream.push(streamOf([completed()])), ...stream.end()]).toEqual([]);
    }
  });

  test("pitfall 57: a stream that stops without its last event was cut", () => {
    const text = { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hi" };
    for (const events of [[], [created], [created, text]])
      expect(() => eventsOf(streamOf(events))).toThrow(GatewayError);
    const stream = codec.createDecoder(options);
    stream.push(streamOf([created, text, completed()]).subarray(0, -10));
    expect(() => stream.end()).toThrow("stopped before its end");
  });

  test("a last event without its blank line is an end; what is not JSON is an error", () => {
    const bytes = streamOf([created, completed()]);
    const stream = codec.createDecoder(options);
    const pieces = [...stream.push(bytes.subarray(0, -2)), ...stream.end()];
    expect(pieces.flatMap(({ events }) => events)).toEqual([start, stop, end]);
    expect(pieces.reduce((length, { raw }) => length + (raw?.length ?? 0), 0)).toBe(bytes.length);
    const broken = eventsOf(new TextEncoder().encode("data: {oops\n\n"));
    expect(broken).toMatchObject([{ type: "error", error: { code: "upstream_bad_response" } }]);
  });
});
