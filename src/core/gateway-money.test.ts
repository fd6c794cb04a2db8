import { describe, expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { wholePrice } from "#core/ledger/money.ts";
import type { MoneyRules } from "#core/ledger/price-snapshot.ts";
import { Purse } from "#core/budgets/purse.test-data.ts";
import { allowing, paying, worstNanos } from "#core/paying-gateway.test-data.ts";
import {
  bench,
  drain,
  end,
  failureOf,
  fails,
  finish,
  goodAnswer,
  hangsAfter,
  plays,
  said,
  testPrice,
  turn,
  usage,
} from "#core/test-gateway.ts";

describe("prices", () => {
  const nobody = { current: () => ({ find: () => undefined }) };

  test("L13 a call is charged by the prices of the moment it arrived, whatever is set while it runs", async () => {
    let list = testPrice;
    const { gateway, call, rows } = bench([goodAnswer], [], 0, { prices: { current: () => ({ find: find(list) }) } });
    const reply = await gateway.open(call);
    list = { price: wholePrice({ input: 9_000_000n, output: 9_000_000n }), version: "later" };
    await drain(reply);
    await drain(await gateway.open(call));
    expect(rows).toMatchObject([
      { costNanos: 18n, priceVersion: "test" },
      { costNanos: 126n, priceVersion: "later" },
    ]);
  });

  const find = (price: typeof testPrice) => () => price;

  const rules: readonly [MoneyRules["unpriced"], string, boolean][] = [
    ["allow", "answered", false],
    ["allow", "model_unpriced", true],
    ["deny", "model_unpriced", false],
    ["deny", "model_unpriced", true],
    ["free", "answered", false],
    ["free", "answered", true],
  ];
  test.each(rules)(
    "F110 a model without a price under %p is %s (hard budget: %p)",
    async (unpriced, expected, isHard) => {
      const purse = new Purse(1_000n, isHard ? "hard" : "soft");
      const { gateway, call, settled } = paying(purse, [goodAnswer], { money: { unpriced }, prices: nobody });
      const got = await gateway.open(call).then(drain, (error: GatewayError) => error.code);
      expect(got).toBe(expected === "answered" ? "hi" : expected);
      const cost = unpriced === "free" ? { costNanos: 0n, priceVersion: "free" } : { usageSource: "upstream" };
      expect(settled).toMatchObject([{ entry: expected === "answered" ? cost : { errorCode: expected, attempts: 0 } }]);
      if (unpriced === "allow" && !isHard) expect(settled[0]?.entry.costNanos).toBeUndefined();
    },
  );

  test("where only priced models may answer, those without a price are passed over", async () => {
    const prices = {
      current: () => ({ find: (_: string, { name }: { name: string }) => (name === "second" ? testPrice : undefined) }),
    };
    const money = { unpriced: "deny" } as const;
    const { gateway, call, first, rows } = bench([goodAnswer], [goodAnswer], 0, { money, prices });
    await drain(await gateway.open(call));
    expect([first.calls.length, rows[0]?.provider]).toEqual([0, "second"]);
  });

  test("F54 a name of the provider's own making costs what the model that was asked for does", async () => {
    const prices = { current: () => ({ find: (model: string) => (model === "m" ? testPrice : undefined) }) };
    const named = plays({ type: "start", model: "m-by-acme" }, said("hi"), finish, usage, end);
    const { gateway, call, rows } = bench([named], [], 0, { prices });
    await drain(await gateway.open(call));
    expect(rows).toMatchObject([{ responseModel: "m-by-acme", costNanos: 18n }]);
  });
});

describe("who pays", () => {
  test("T-22 who leaves pays for the input in full and what had come, as an estimate, even where a provider says 1 until its end", async () => {
    const first = { type: "usage", usage: { inputTokens: 30, outputTokens: 1 } } as const;
    const { gateway, call, rows } = bench([hangsAfter(first, said("y".repeat(36)))]);
    const reply = await gateway.open(call);
    await reply.pieces.next();
    await reply.pieces.next();
    await reply.pieces.next();
    await reply.pieces.return();
    expect(rows).toMatchObject([
      { outcome: "aborted", inputTokens: 30, outputTokens: 10, usageSource: "estimated", costNanos: 50n },
    ]);
  });

  test("T-22 a deadline of the caller's own is leaving", async () => {
    const { gateway, call, rows, leave } = bench([hangsAfter(said("y".repeat(36)))]);
    const reply = await gateway.open(call);
    const failed = failureOf(drain(reply));
    leave(new GatewayError("deadline_exceeded", "late"));
    expect(await failed).toMatchObject({ code: "deadline_exceeded" });
    expect(rows).toMatchObject([{ outcome: "aborted", costNanos: 30n, usageSource: "estimated" }]);
  });

  test("T-22 who leaves while nobody has been asked, or after all had failed, pays nothing", async () => {
    const { gateway, call, rows, leave, clock } = bench([fails("upstream_rate_limited", { retryAfterMs: 500 })]);
    const failed = failureOf(gateway.open(call));
    await turn();
    leave(new GatewayError("client_closed", "gone"));
    expect(await failed).toMatchObject({ code: "client_closed" });
    clock.advance(1_000);
    expect(rows).toMatchObject([{ outcome: "aborted", attempts: 1, usageSource: "none" }]);
    expect(rows[0]?.costNanos).toBeUndefined();
  });

  test("T-23 what a provider fails costs its caller nothing, and its words are no output", async () => {
    const { gateway, call, rows } = bench([fails("upstream_error")], [], 0);
    await failureOf(gateway.open(call));
    expect(rows).toMatchObject([{ outcome: "failed", usageSource: "none" }]);
    expect([rows[0]?.costNanos, rows[0]?.overheadNanos]).toEqual([undefined, undefined]);
  });

  test("T-23 an answer that breaks costs its caller nothing; what its provider will ask for is ours", async () => {
    const error = new GatewayError("upstream_error", "x".repeat(1_000));
    const { gateway, call, rows } = bench([plays(said("y".repeat(36)), { type: "error", error })]);
    await failureOf(gateway.open(call).then(drain));
    expect(rows).toMatchObject([{ outcome: "failed", outputTokens: 10, costNanos: 0n, overheadNanos: 30n }]);
  });

  test("T-24 no call costs its caller more than the ceiling; the rest is ours, logged as a fault", async () => {
    const absurd = plays(
      said("hi"),
      finish,
      { type: "usage", usage: { inputTokens: 10, outputTokens: 1_000_000 } },
      end,
    );
    const money = { unpriced: "allow", maxRequestNanos: 500n } as const;
    const { gateway, call, rows, log } = bench([absurd], [], 0, { money });
    await drain(await gateway.open(allowing(call, 20)));
    expect(rows).toMatchObject([{ costNanos: 500n, overheadNanos: 2_000_010n - 500n }]);
    expect(log.lines).toMatchObject([{ event: "request_cost_above_ceiling", fields: { ceiling_usd: "0.0000005" } }]);
  });

  test("T-24 a call that could cost more than the ceiling is refused before anybody is asked", async () => {
    const money = { unpriced: "allow", maxRequestNanos: worstNanos } as const;
    const { gateway, call, first } = bench([goodAnswer], [], 0, { money });
    expect(await failureOf(gateway.open(allowing(call, 21)))).toMatchObject({
      code: "invalid_request",
      details: { limit: "max_request_usd" },
    });
    expect(first.calls).toHaveLength(0);
    expect(await drain(await gateway.open(allowing(call, 20)))).toBe("hi");
  });

  test("team, tags and labels are in the row, sorted, each once", async () => {
    const { gateway, call, rows } = bench([goodAnswer]);
    const principal = { ...call.principal, labels: ["web", "ci"] };
    await drain(await gateway.open({ ...call, principal, tags: ["ci", "a=b"] }));
    await drain(await gateway.open(call));
    expect(rows.map(({ tags }) => tags)).toEqual(["a=b,ci,web", undefined]);
  });
});
