import { describe, expect, test } from "bun:test";
import { AnswerMemory } from "#core/answer-memory.ts";
import { plainFacts } from "#core/catalog/plain-facts.test-data.ts";
import type { Message } from "#core/chat/request.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { wholePrice } from "#core/ledger/money.ts";
import { Purse, pursePosting } from "#core/budgets/purse.test-data.ts";
import type { Reservation } from "#core/budgets/reservation.ts";
import type { HoldEnd } from "#core/limits/limiter.ts";
import { freeHold } from "#core/limits/no-limits.ts";
import type { ModelCall } from "#core/model-call.ts";
import { ReasoningKeeper } from "#core/translation/reasoning-keeper.ts";
import { TokenBook } from "#core/translation/token-book.ts";
import { allowing, paying, worstNanos } from "#core/paying-gateway.test-data.ts";
import {
  bench,
  drain,
  end,
  failureOf,
  fails,
  finish,
  goodAnswer,
  hangs,
  hangsAfter,
  plays,
  said,
  testPrice,
  turn,
  usage,
} from "#core/test-gateway.ts";

describe("budgets", () => {
  test("where none applies nothing is asked of anybody", async () => {
    const { gateway, call, rows } = bench([goodAnswer], [], 0, {
      budgets: {
        of: () => undefined,
        reserve: () => Promise.reject(new Error("nothing to reserve")),
        checkpoint: () => {
          throw new Error("nothing to say");
        },
      },
    });
    await drain(await gateway.open(call));
    expect(rows).toMatchObject([{ costNanos: 18n, priceVersion: "test" }]);
  });

  test("a soft one pays without anything being held", async () => {
    const purse = new Purse(0n, "soft");
    const { gateway, call, settled } = paying(purse, [goodAnswer]);
    await drain(await gateway.open(call));
    expect(purse.reservations).toEqual([]);
    expect(settled).toMatchObject([{ entry: { costNanos: 18n }, postings: [pursePosting] }]);
  });

  test("a hard one holds the most that the call can cost before anybody is asked, and pays what it did cost", async () => {
    const purse = new Purse(1_000n);
    const { gateway, call, settled, first } = paying(purse, [goodAnswer]);
    const opening = gateway.open(call);
    expect(first.calls).toHaveLength(0);
    const reply = await opening;
    expect(purse.reservations).toMatchObject([
      {
        requestId: "req_1",
        amountNanos: worstNanos,
        postings: [pursePosting],
        draft: { outcome: "aborted", usageSource: "none", attempts: 0, requestedModel: "m" },
      },
    ]);
    expect(purse.heldNanos).toBe(worstNanos);
    await drain(reply);
    expect([purse.heldNanos, purse.spentNanos]).toEqual([0n, 18n]);
    expect(settled).toMatchObject([{ entry: { outcome: "finished" }, postings: [pursePosting] }]);
    expect(reply.costNanos()).toBe(18n);
  });

  test("a call for which too little is left asks nobody, takes nothing of its caller's limits, and is in the books", async () => {
    const ends: HoldEnd[] = [];
    const purse = new Purse(worstNanos - 1n);
    const { gateway, call, settled, first } = paying(purse, [goodAnswer]);
    const limits = { ...freeHold, settle: (given: HoldEnd) => void ends.push(given) };
    expect(await failureOf(gateway.open({ ...call, limits }))).toMatchObject({ code: "budget_exhausted" });
    expect(first.calls).toHaveLength(0);
    expect(ends).toEqual([{ tokens: 0, refused: true }]);
    expect(settled).toMatchObject([
      {
        entry: { outcome: "failed", errorCode: "budget_exhausted", httpStatus: 402, attempts: 0, usageSource: "none" },
      },
    ]);
    expect(purse.spentNanos).toBe(0n);
  });

  test("F107, T-27: of 64 parallel calls against a budget for ten exactly ten are answered", async () => {
    const purse = new Purse(worstNanos * 10n);
    const { gateway, call } = paying(purse, [hangsAfter(said("a"))]);
    const opened = await Promise.allSettled(
      Array.from({ length: 64 }, (_, index) => gateway.open(allowing(call, 20, `req_${index}`))),
    );
    const answered = opened.filter(({ status }) => status === "fulfilled");
    expect([answered.length, purse.heldNanos]).toEqual([10, worstNanos * 10n]);
    for (const result of opened) if (result.status === "fulfilled") await result.value.pieces.return();
  });

  test("whatever becomes of a call, what was held for it is freed", async () => {
    const broken = plays(said("a"), { type: "error", error: new GatewayError("upstream_error", "broken") });
    for (const answer of [fails("upstream_error"), broken, goodAnswer]) {
      const purse = new Purse(1_000n);
      const { gateway, call } = paying(purse, [answer]);
      await failureOf(gateway.open(call).then(drain));
      expect(purse.heldNanos).toBe(0n);
    }
  });

  test("a caller that names no limit is given one: the model's own, else the usual; one that does keeps its own", async () => {
    const purse = new Purse(1_000_000n);
    const { gateway, call, first } = paying(purse, [goodAnswer]);
    await drain(await gateway.open(allowing(call, undefined)));
    const factsOf = (model: string) => plainFacts({ model, input: ["text"], maxOutputTokens: 100 });
    const known = paying(new Purse(1_000_000n), [goodAnswer], { factsOf });
    await drain(await known.gateway.open(allowing(call, undefined)));
    await drain(await gateway.open(call));
    const said = [...first.calls, ...known.first.calls].map(({ outputLimit, request }) => [
      outputLimit,
      request.operation === "chat" ? request.chat.maxOutputTokens : undefined,
    ]);
    expect(said).toEqual([
      [8192, 8192],
      [undefined, 20],
      [100, 100],
    ]);
    expect(purse.reservations.map(({ amountNanos }) => amountNanos)).toEqual([76n + 16_384n, worstNanos]);
  });

  test("a legacy completion of no said length stays as short as without a budget", async () => {
    const { gateway, call, first } = paying(new Purse(1_000_000n), [goodAnswer], {
      manners: { speaks: (protocol) => protocol },
    });
    await drain(await gateway.open({ ...allowing(call, undefined), protocol: "openai-completions" }));
    expect(first.calls.map(({ outputLimit }) => outputLimit)).toEqual([16]);
  });

  test("the dearest of those who may be asked is held", async () => {
    const dear = { price: wholePrice({ input: 3_000_000n, output: 4_000_000n }), version: "test" };
    const prices = {
      current: () => ({ find: (_: string, { name }: { name: string }) => (name === "second" ? dear : testPrice) }),
    };
    const purse = new Purse(1_000n);
    const { gateway, call } = bench([goodAnswer], [goodAnswer], 0, { budgets: purse, prices });
    await drain(await gateway.open(allowing(call, 20)));
    expect(purse.reservations).toMatchObject([{ amountNanos: 3n * 76n + 4n * 20n }]);
  });

  test("an estimate of ours is never above what was held: an answer is no longer than its limit, however long its words", async () => {
    const long = said("y".repeat(3_600));
    const leaving = hangsAfter(long);
    for (const answer of [plays(long, finish, end), leaving]) {
      const purse = new Purse(1_000n);
      const { gateway, call, settled } = paying(purse, [answer]);
      const reply = await gateway.open(call);
      await reply.pieces.next();
      if (answer === leaving) await reply.pieces.return();
      else await drain(reply);
      expect(settled).toMatchObject([{ entry: { usageSource: "estimated", inputTokens: 10, outputTokens: 20 } }]);
      expect(purse.spentNanos).toBe(50n);
    }
  });

  test("a call that is left while its money is being held asks nobody, and frees it", async () => {
    const gate = Promise.withResolvers<void>();
    class SlowPurse extends Purse {
      override async reserve(reservation: Reservation): Promise<void> {
        await gate.promise;
        await super.reserve(reservation);
      }
    }
    const purse = new SlowPurse(1_000n);
    const { gateway, call, first, leave, settled } = paying(purse, [goodAnswer]);
    const failed = failureOf(gateway.open(call));
    await turn();
    leave(new GatewayError("client_closed", "gone"));
    gate.resolve();
    expect(await failed).toMatchObject({ code: "client_closed" });
    expect([first.calls.length, purse.reservations.length, purse.heldNanos, purse.spentNanos]).toEqual([0, 1, 0n, 0n]);
    expect(settled).toMatchObject([{ entry: { outcome: "aborted", usageSource: "none" } }]);
  });

  test("what a provider counted is the truth, also above what was held", async () => {
    const purse = new Purse(1_000n);
    const counted = { type: "usage", usage: { inputTokens: 10, outputTokens: 400 } } as const;
    const { gateway, call } = paying(purse, [plays(said("hi"), finish, counted, end)]);
    await drain(await gateway.open(call));
    expect(purse.spentNanos).toBe(810n);
  });

  test("one that is made while a call runs pays for the call too", async () => {
    const purse = new Purse(1_000n);
    let isMade = false;
    const budgets = {
      of: () => (isMade ? purse.of() : undefined),
      reserve: () => Promise.reject(new Error("nothing to reserve")),
      checkpoint: () => {},
    };
    const { gateway, call, settled } = paying(purse, [goodAnswer], { budgets });
    const reply = await gateway.open(call);
    isMade = true;
    await drain(reply);
    expect(settled).toMatchObject([{ entry: { costNanos: 18n }, postings: [pursePosting] }]);
    expect(purse.spentNanos).toBe(18n);
  });

  test("thinking that is put back is held too", async () => {
    class Recalling extends AnswerMemory {
      override recall(asked: ModelCall): ModelCall {
        if (asked.request.operation !== "chat") return asked;
        const { chat } = asked.request;
        const thought: Message = { role: "assistant", parts: [{ type: "reasoning", text: "z".repeat(3_600) }] };
        return { ...asked, request: { operation: "chat", chat: { ...chat, messages: [...chat.messages, thought] } } };
      }
    }
    const clock = new VirtualClock();
    const thoughts = new ReasoningKeeper({ clock, maxEntries: 1, maxCharacters: 1, timeToLiveMs: 1 });
    const memory = new Recalling(new TokenBook({ digest: pureDigest, limit: 1 }), thoughts);
    const purse = new Purse(1_000_000n);
    const { gateway, call } = paying(purse, [goodAnswer], { memory });
    await drain(await gateway.open(call));
    expect(purse.reservations[0]?.amountNanos).toBeGreaterThan(1_000n);
  });

  test("having tokens counted holds nothing and costs nothing", async () => {
    const purse = new Purse(0n);
    const { gateway, call } = paying(purse, [plays(usage, end)]);
    if (call.request.operation !== "chat") throw new Error("a chat call is expected");
    const reply = await gateway.open({ ...call, request: { operation: "count", chat: call.request.chat } });
    await drain(reply);
    expect([purse.reservations, reply.costNanos()]).toEqual([[], 0n]);
  });
});

describe("checkpoints", () => {
  const thousand = said("y".repeat(3_600));

  test("a stream whose money is held says every 1,000 tokens, and every 5 s in which some came, how far it is", async () => {
    const purse = new Purse(1_000_000n);
    const { gateway, call, clock } = paying(purse, [hangsAfter(said("a"), thousand, said("y".repeat(36)))]);
    const reply = await gateway.open(allowing(call, 5_000));
    for (let piece = 0; piece < 4; piece += 1) await reply.pieces.next();
    expect(purse.checkpoints.map(({ draft }) => draft.outputTokens)).toEqual([1001]);
    clock.advance(5_000);
    clock.advance(5_000);
    expect(purse.checkpoints.map(({ draft }) => draft.outputTokens)).toEqual([1001, 1011]);
    expect(purse.checkpoints[1]).toMatchObject({
      requestId: "req_1",
      draft: { outcome: "aborted", usageSource: "estimated", inputTokens: 10, costNanos: 2_032n },
    });
    await reply.pieces.return();
    expect(clock.pending).toBe(0);
  });

  test("one without anything held says nothing", async () => {
    const purse = new Purse(0n, "soft");
    const { gateway, call, clock } = paying(purse, [hangsAfter(thousand, thousand)]);
    const reply = await gateway.open(call);
    for (let piece = 0; piece < 3; piece += 1) await reply.pieces.next();
    clock.advance(5_000);
    await reply.pieces.return();
    expect(purse.checkpoints).toEqual([]);
  });

  test("a call that is left before its first content frees what was held", async () => {
    const purse = new Purse(1_000n);
    const { gateway, call, leave } = paying(purse, [hangs]);
    const failed = failureOf(gateway.open(call));
    await turn();
    leave(new GatewayError("client_closed", "gone"));
    await failed;
    expect([purse.heldNanos, purse.spentNanos]).toEqual([0n, 10n]);
  });
});
