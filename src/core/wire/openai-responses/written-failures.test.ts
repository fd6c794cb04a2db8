import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { args, begun, call, finish, text } from "#core/wire/openai-responses/answer-events.test-data.ts";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";
import {
  contextFor,
  end,
  eventsOf,
  framesOf,
  options,
  parseFrames,
  streamOf,
} from "#core/wire/openai-responses/responses.test-data.ts";
import { brokenRule } from "#core/wire/openai-responses/stream-grammar.test-data.ts";

const decoder = new TextDecoder();

describe("streams that fail", () => {
  const error = new GatewayError("upstream_truncated", "The provider's stream stopped before its end.");

  test("pitfall 57: an error and a failed response with what was done; nothing looks like an end and nothing follows", () => {
    const writer = codec.createWriter(contextFor());
    const events: ChatEvent[] = [begun, call(0), args(0, "{}"), text("half")];
    const bytes = [
      ...events.map((event) => writer.event(event)),
      writer.fail(error),
      writer.fail(error),
      writer.event(end),
    ];
    const frames = parseFrames(bytes.map((chunk) => decoder.decode(chunk)).join(""));
    expect(brokenRule(frames)).toBeUndefined();
    expect(frames.at(-2)).toMatchObject({
      type: "error",
      code: "upstream_truncated",
      message: error.message,
      param: null,
      error: { type: "upstream_error", code: "upstream_truncated", message: error.message },
    });
    expect(frames.at(-1)).toMatchObject({
      type: "response.failed",
      response: {
        id: "resp_own",
        status: "failed",
        error: { code: "upstream_truncated" },
        output: [{ type: "function_call" }],
      },
    });
    expect(frames.some(({ type }) => type === "response.completed")).toBe(false);
  });

  test("a turn that the model broke is a failed response", () => {
    const frames = framesOf([begun, finish("error"), end]);
    expect(brokenRule(frames)).toBeUndefined();
    expect(frames.at(-1)).toMatchObject({ type: "response.failed", response: { error: { code: "server_error" } } });
  });

  test("pitfall 53: behind forwarded bytes the numbers go on where the provider's stopped, under its id", () => {
    const forwarded = streamOf([
      { type: "response.created", sequence_number: 0, response: { id: "resp_up", model: "m" } },
      { type: "response.output_text.delta", output_index: 0, delta: '"sequence_number":99', sequence_number: 41 },
      { type: "error", code: "rate_limit_exceeded", message: "slow down", sequence_number: 42 },
    ]);
    const writer = codec.createWriter(contextFor());
    let written = "";
    for (const { events, raw = new Uint8Array() } of codec.createDecoder(options).push(forwarded)) {
      written += decoder.decode(writer.raw({ events, raw }));
      for (const event of events) if (event.type === "error") written += decoder.decode(writer.fail(event.error));
    }
    writer.raw({ events: [], raw: new TextEncoder().encode(": note\n\n") });
    const tail = parseFrames(written.slice(written.indexOf("event: error")));
    expect(tail).toMatchObject([
      { type: "error", message: "slow down", code: "rate_limit_exceeded", sequence_number: 42 },
      { type: "response.failed", response: { id: "resp_up" }, sequence_number: 43 },
    ]);
  });

  test("a silent stream is kept open with notes that mean nothing", () => {
    const writer = codec.createWriter(contextFor());
    expect(decoder.decode(writer.heartbeat())).toBe(": keep-alive\n\n");
    expect(decoder.decode(writer.comment("x"))).toBe(": x\n\n");
    expect(writer.contentType).toBe("text/event-stream");
  });
});

test("what was written is read as what was meant", () => {
  const events: ChatEvent[] = [begun, text("a"), call(0), args(0, "{}"), finish("tool_calls"), end];
  const writer = codec.createWriter(contextFor());
  const bytes = Buffer.concat(events.map((event) => writer.event(event)));
  expect(eventsOf(bytes).slice(1)).toEqual([
    text("a"),
    call(0),
    args(0, "{}"),
    { type: "finish", choice: 0, reason: "tool_calls", raw: "completed" },
    end,
  ]);
});
