import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import {
  said,
  plays,
  fails,
  hangs,
  hangsAfter,
  goodAnswer,
  bench,
  drain,
  turn,
  failureOf,
} from "#core/test-gateway.ts";

test("a failure before content falls back, and the caller never notices", async () => {
  const { gateway, call, rows, log, first, second } = bench([fails("upstream_bad_response")], [goodAnswer]);
  const reply = await gateway.open(call);
  expect(await drain(reply)).toBe("hi");
  expect(reply.provider).toBe("second");
  expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
  expect(rows).toMatchObject([{ provider: "second", attempts: 2, outcome: "finished" }]);
  expect(log.lines).toMatchObject([
    {
      event: "attempt_failed",
      fields: { provider: "first", code: "upstream_bad_response", next: "fallback", next_provider: "second" },
    },
  ]);
});

test("the row of a failed call holds its last provider's id of it, never an earlier one's", async () => {
  const { gateway, call, rows } = bench([fails("upstream_bad_response")], [fails("upstream_bad_response")]);
  await failureOf(gateway.open(call));
  const refuse = () => {
    throw new GatewayError("upstream_rejected", "No.");
  };
  const silent = bench([fails("upstream_bad_response")], [refuse]);
  await failureOf(silent.gateway.open(silent.call));
  expect([rows[0]?.upstreamRequestId, silent.rows[0]?.upstreamRequestId]).toEqual(["second-1", undefined]);
});

test("an error event before content counts as a failed attempt", async () => {
  const broken = plays({ type: "error", error: new GatewayError("upstream_overloaded", "busy") });
  const { gateway, call } = bench([broken], [goodAnswer]);
  expect(await drain(await gateway.open(call))).toBe("hi");
});

test("after content there is no second attempt: the failure reaches the caller and nothing is charged (pitfall 76)", async () => {
  const { gateway, call, rows, second } = bench(
    [
      async function* (given) {
        yield* plays(said("half"))(given);
        yield* fails("upstream_truncated")(given);
      },
    ],
    [goodAnswer],
  );
  const reply = await gateway.open(call);
  await expect(drain(reply)).rejects.toMatchObject({ code: "upstream_truncated" });
  expect(second.calls).toHaveLength(0);
  expect(rows).toMatchObject([{ outcome: "failed", errorCode: "upstream_truncated", costNanos: 0n }]);
});

test("a stream of nothing but comments is given up after a mebibyte, and its call is closed", async () => {
  let given = 0;
  let closed = false;
  const { gateway, call } = bench([
    async function* () {
      try {
        for (; given < 100; given += 1) yield { events: [], raw: new Uint8Array(64 * 1024) };
      } finally {
        closed = true;
      }
    },
  ]);
  expect(await failureOf(gateway.open(call))).toMatchObject({ code: "upstream_bad_response" });
  expect([given < 20, closed]).toEqual([true, true]);
});

test("a refusal of the request itself is never retried", async () => {
  const { gateway, call, first, second } = bench([fails("upstream_rejected")], [goodAnswer]);
  await expect(gateway.open(call)).rejects.toMatchObject({ code: "upstream_rejected" });
  expect([first.calls.length, second.calls.length]).toEqual([1, 0]);
});

test("the only provider is asked again when asking again is safe, at most as often as allowed", async () => {
  const { gateway, call, first } = bench([fails("upstream_overloaded"), fails("upstream_error"), goodAnswer]);
  expect(await drain(await gateway.open(call))).toBe("hi");
  expect(first.calls).toHaveLength(3);
  const stubborn = bench([fails("upstream_overloaded")]);
  await expect(stubborn.gateway.open(stubborn.call)).rejects.toMatchObject({ code: "upstream_overloaded" });
  expect(stubborn.first.calls).toHaveLength(3);
});

test("a request that may have been executed is not sent again to the same provider", async () => {
  const { gateway, call, first } = bench([fails("upstream_unavailable", { details: { sent: true } })]);
  await expect(gateway.open(call)).rejects.toMatchObject({ code: "upstream_unavailable" });
  expect(first.calls).toHaveLength(1);
});

test("a long Retry-After is obeyed: the provider is not asked again and the caller learns the wait", async () => {
  const { gateway, call, first } = bench([fails("upstream_rate_limited", { retryAfterMs: 30_000 })]);
  await expect(gateway.open(call)).rejects.toMatchObject({ code: "upstream_rate_limited", retryAfterMs: 30_000 });
  expect(first.calls).toHaveLength(1);
});

test("a short Retry-After is waited for exactly", async () => {
  const { gateway, call, clock, first } = bench([fails("upstream_rate_limited", { retryAfterMs: 1500 }), goodAnswer]);
  const opening = gateway.open(call);
  await turn();
  expect(first.calls).toHaveLength(1);
  clock.advance(1499);
  await turn();
  expect(first.calls).toHaveLength(1);
  clock.advance(1);
  expect(await drain(await opening)).toBe("hi");
});

test("retries draw on one budget for all requests", async () => {
  const { gateway, call, first } = bench([fails("upstream_overloaded")]);
  for (let request = 0; request < 100; request++) {
    await expect(gateway.open(call)).rejects.toMatchObject({ code: "upstream_overloaded" });
  }
  expect(first.calls.length).toBeLessThanOrEqual(100 + 3 + 100 * 0.1);
});

test("a provider that shows nothing within its time gives way to the next", async () => {
  const { gateway, call, clock } = bench([hangs], [goodAnswer]);
  const opening = gateway.open(call);
  await turn();
  clock.advance(4000);
  const reply = await opening;
  expect(await drain(reply)).toBe("hi");
});

test("the wait for first content ends at the request's timeout, and its clock is disarmed by content", async () => {
  const silent = bench([hangs], [hangs]);
  const opening = silent.gateway.open(silent.call);
  const failed = failureOf(opening);
  for (let second = 0; second < 10; second++) {
    await turn();
    silent.clock.advance(1000);
  }
  expect(await failed).toMatchObject({ code: "upstream_timeout" });
  const slow = bench([hangsAfter(said("thinking"))]);
  const reply = await slow.gateway.open(slow.call);
  slow.clock.advance(15_000);
  expect(slow.rows).toHaveLength(0);
  slow.leave(new GatewayError("client_closed", "gone"));
  await expect(drain(reply)).rejects.toMatchObject({ code: "client_closed" });
});
