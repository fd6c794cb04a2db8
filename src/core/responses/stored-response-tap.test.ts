import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { StoredResponseTap } from "#core/responses/stored-response-tap.ts";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";
import { contextFor, options, streamOf } from "#core/wire/openai-responses/responses.test-data.ts";

const encoder = new TextEncoder();
const answer: ChatEvent[] = [
  { type: "text", choice: 0, text: '"response"' },
  { type: "finish", choice: 0, reason: "stop", raw: "stop" },
  { type: "end" },
];

test("the response that ends a written stream is picked out", () => {
  const tap = new StoredResponseTap();
  const writer = codec.createWriter(contextFor());
  for (const event of answer) {
    expect(tap.response).toBeUndefined();
    tap.piece([event], writer.event(event));
  }
  expect(tap.response).toMatchObject({ id: "resp_own", status: "completed", output: [{ type: "message" }] });
});

test("the response that ends a forwarded stream is picked out, however it was cut", () => {
  const response = { id: "resp_up", status: "incomplete", output: [] };
  const bytes = streamOf([
    { type: "response.created", response: { ...response, status: "in_progress" } },
    { type: "response.incomplete", response },
  ]);
  for (let cut = 0; cut <= bytes.length; cut += 7) {
    const tap = new StoredResponseTap();
    const stream = codec.createDecoder(options);
    const pieces = [...stream.push(bytes.slice(0, cut)), ...stream.push(bytes.slice(cut)), ...stream.end()];
    for (const { events, raw = new Uint8Array() } of pieces) tap.piece(events, raw);
    expect(tap.response).toEqual(response);
  }
});

test("a whole body is the response; a failed one, an error and what still runs are none", () => {
  const taken = (value: unknown) => {
    const tap = new StoredResponseTap();
    tap.body(encoder.encode(JSON.stringify(value)));
    return tap.response;
  };
  expect(taken({ id: "resp_1", status: "completed" })).toEqual({ id: "resp_1", status: "completed" });
  for (const other of [
    { id: "resp_1", status: "failed" },
    { id: "resp_1", status: "queued" },
    { error: {} },
    [],
    { status: "completed" },
  ]) {
    expect(taken(other)).toBeUndefined();
  }
  const tap = new StoredResponseTap();
  const writer = codec.createWriter(contextFor());
  tap.piece([], writer.fail(new GatewayError("upstream_truncated", "cut")));
  expect(tap.response).toBeUndefined();
});
