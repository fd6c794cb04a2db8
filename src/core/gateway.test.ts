import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import {
  said,
  finish,
  usage,
  end,
  plays,
  hangs,
  hangsAfter,
  goodAnswer,
  bench,
  modelCall,
  drain,
  turn,
  failureOf,
} from "#core/test-gateway.ts";

test("a good answer comes through and leaves one finished row with the provider's own counts", async () => {
  const { gateway, call, rows } = bench([goodAnswer]);
  const reply = await gateway.open(call);
  expect(await drain(reply)).toBe("hi");
  expect(rows).toMatchObject([
    { outcome: "finished", inputTokens: 10, outputTokens: 4, usageSource: "upstream", costNanos: 18n, httpStatus: 200 },
  ]);
});

test("the row is in the books before the end is handed on", async () => {
  const { gateway, call, rows } = bench([goodAnswer]);
  const { pieces } = await gateway.open(call);
  for await (const piece of pieces) {
    if (piece.events.some((event) => event.type === "end")) expect(rows).toHaveLength(1);
    else expect(rows).toHaveLength(0);
  }
});

test("an unknown model is not found, asks nobody, and is in the books", async () => {
  const { gateway, call, rows, first } = bench([goodAnswer]);
  const unknown = { ...modelCall(call.signal, "nope") };
  expect(await failureOf(gateway.open(unknown))).toMatchObject({ code: "model_not_found" });
  expect(rows).toMatchObject([{ outcome: "failed", errorCode: "model_not_found", attempts: 0, usageSource: "none" }]);
  expect(first.calls).toHaveLength(0);
});

test("a model's name without end is refused, and what a row says of it is short", async () => {
  const { gateway, call, rows } = bench([goodAnswer]);
  const endless = { ...modelCall(call.signal, "m".repeat(1_000_000)) };
  expect(await failureOf(gateway.open(endless))).toMatchObject({ code: "model_not_found" });
  expect(rows.map(({ requestedModel }) => requestedModel.length)).toEqual([2048]);
});

test("a stream that never ends is ended by its total clock", async () => {
  const { gateway, call, clock, rows } = bench([hangsAfter(said("a"))]);
  const drained = drain(await gateway.open(call));
  const failed = failureOf(drained);
  await turn();
  clock.advance(60_000);
  expect(await failed).toMatchObject({ code: "upstream_timeout" });
  expect(rows).toMatchObject([{ outcome: "failed", errorCode: "upstream_timeout" }]);
});

test("T-22 a caller that leaves before content stops the provider and is charged for the input it had read, as an estimate", async () => {
  const { gateway, call, rows, first, leave } = bench([hangs]);
  const opening = gateway.open(call);
  const failed = failureOf(opening);
  await turn();
  leave(new GatewayError("client_closed", "gone"));
  expect(await failed).toMatchObject({ code: "client_closed" });
  expect(first.calls[0]?.signal.aborted).toBe(true);
  expect(rows).toMatchObject([
    { outcome: "aborted", httpStatus: 499, inputTokens: 10, outputTokens: 0, usageSource: "estimated", costNanos: 10n },
  ]);
});

test("a caller that leaves mid-stream is charged for what was produced, marked as an estimate, once", async () => {
  const { gateway, call, rows, leave } = bench([hangsAfter(said("y".repeat(36)))]);
  const reply = await gateway.open(call);
  await reply.pieces.next();
  const failed = failureOf(drain(reply));
  leave(new GatewayError("client_closed", "gone"));
  expect(await failed).toMatchObject({ code: "client_closed" });
  expect(rows).toMatchObject([
    { outcome: "aborted", inputTokens: 10, outputTokens: 10, usageSource: "estimated", costNanos: 30n },
  ]);
});

test("a caller that stops reading at a piece, or never reads, leaves one aborted row and frees the provider", async () => {
  for (const reads of [0, 1]) {
    const { gateway, call, rows } = bench([goodAnswer]);
    const { pieces } = await gateway.open(call);
    for (let read = 0; read < reads; read++) await pieces.next();
    await pieces.return();
    expect(rows).toMatchObject([{ outcome: "aborted" }]);
  }
});

test("a stream that came whole in one piece is closed behind its end", async () => {
  let closed = false;
  const { gateway, call } = bench([
    async function* () {
      try {
        yield { events: [said("hi"), finish, usage, end] };
      } finally {
        closed = true;
      }
    },
  ]);
  expect(await drain(await gateway.open(call))).toBe("hi");
  expect(closed).toBe(true);
});

test("an explicit zero from the provider is kept as zero", async () => {
  const zero: ChatEvent = { type: "usage", usage: { inputTokens: 0, outputTokens: 0 } };
  const { gateway, call, rows } = bench([plays(said("hi"), finish, zero, end)]);
  await drain(await gateway.open(call));
  expect(rows).toMatchObject([{ inputTokens: 0, outputTokens: 0, usageSource: "upstream", costNanos: 0n }]);
});

test("the price follows the model that really answered", async () => {
  const start: ChatEvent = { type: "start", model: "m-2026-01-01" };
  const { gateway, call, rows } = bench([plays(start, said("hi"), finish, usage, end)]);
  await drain(await gateway.open(call));
  expect(rows).toMatchObject([{ requestedModel: "m", model: "m", responseModel: "m-2026-01-01" }]);
});

test("the request's timeout bounds the whole of an unstreamed answer", async () => {
  const { gateway, call, clock, rows } = bench([hangsAfter(said("a"))]);
  const chat = call.request.operation === "chat" ? call.request.chat : undefined;
  if (chat === undefined) throw new Error("a chat call is expected");
  const unstreamed = { ...call, request: { operation: "chat", chat: { ...chat, stream: false } } } as const;
  const failed = failureOf(gateway.open(unstreamed).then(drain));
  await turn();
  clock.advance(10_000);
  expect(await failed).toMatchObject({ code: "upstream_timeout" });
  expect(rows).toMatchObject([{ outcome: "failed", errorCode: "upstream_timeout" }]);
});
