import { expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import type { HoldEnd, LimitHold } from "#core/limits/limiter.ts";
import type { ModelCall } from "#core/model-call.ts";
import { ScriptedAdmission } from "#core/routing/scripted-admission.test-data.ts";
import {
  type BenchOptions,
  bench,
  drain,
  end,
  failureOf,
  fails,
  finish,
  foreseen,
  goodAnswer,
  hangs,
  hangsAfter,
  plays,
  said,
  turn,
} from "#core/test-gateway.ts";

/** A hold that keeps what it is told. */
function recordedHold(countsTokens = true) {
  const reserved: number[] = [];
  const ends: HoldEnd[] = [];
  const hold: LimitHold = {
    countsTokens,
    reserve: (tokens) => void reserved.push(tokens),
    settle: (given) => void ends.push(given),
    report: () => ({}),
  };
  return { hold, reserved, ends };
}

const refusing = (code: ErrorCode): BenchOptions => ({
  admission: new ScriptedAdmission(() => new GatewayError(code, code)),
});

async function ended(
  answers: Parameters<typeof bench>[0],
  options: BenchOptions = {},
  act: (given: ReturnType<typeof bench> & { readonly call: ModelCall }) => Promise<unknown> = ({ gateway, call }) =>
    failureOf(gateway.open(call).then(drain)),
): Promise<readonly HoldEnd[]> {
  const { hold, ends } = recordedHold();
  const scene = bench(answers, [], 0, options);
  await act({ ...scene, call: { ...scene.call, limits: hold } });
  return ends;
}

test("what a call is expected to take is reserved where somebody counts tokens, and not even estimated where nobody does", async () => {
  let estimates = 0;
  const expectation = {
    of: () => {
      estimates += 1;
      return { ...foreseen, inputTokens: 100, cachedTokens: 50, outputTokens: 20 };
    },
    learn: () => undefined,
  };
  const { gateway, call } = bench([goodAnswer], [], 2, { expectation });
  const [counting, free] = [recordedHold(), recordedHold(false)];
  await drain(await gateway.open({ ...call, limits: free.hold }));
  expect([estimates, free.reserved]).toEqual([0, []]);
  await drain(await gateway.open({ ...call, limits: counting.hold }));
  expect([estimates, counting.reserved]).toEqual([1, [120]]);
});

test("what a provider counted teaches what to expect, once, and an estimate of ours teaches nothing", async () => {
  const learned: unknown[] = [];
  const expectation = {
    of: () => foreseen,
    learn: (_: ModelCall, expected: unknown, actual: unknown) => void learned.push([expected, actual]),
  };
  const { gateway, call } = bench([goodAnswer, plays(said("uncounted"), finish, end)], [], 2, { expectation });
  for (let calls = 0; calls < 2; calls += 1) {
    await drain(await gateway.open({ ...call, limits: recordedHold().hold }));
  }
  expect(learned).toEqual([[foreseen, { inputTokens: 10, cachedTokens: 0, outputTokens: 4 }]]);
});

test("an answer is settled with the tokens that it really took", async () => {
  expect(await ended([goodAnswer])).toEqual([{ tokens: 14, refused: false }]);
});

test.each(["predicted_wait", "queue_full", "evicted", "queue_timeout", "no_capacity"] as const)(
  "T-31 a call that is turned away with %s consumes nothing, not even its request",
  async (code) => {
    expect(await ended([], refusing(code))).toEqual([{ tokens: 0, refused: true }]);
  },
);

test("T-31 a call whose deadline passes in the queue, or that shutdown finds there, consumes nothing", async () => {
  for (const code of ["deadline_exceeded", "draining"] as const) {
    const waiting = new ScriptedAdmission(() => new Promise(() => undefined));
    const admission = new ScriptedAdmission((ask) =>
      Promise.race([
        waiting.admit(ask),
        new Promise<never>((_, reject) =>
          ask.call.signal.addEventListener("abort", () => reject(ask.call.signal.reason)),
        ),
      ]),
    );
    const ends = await ended([], { admission }, async ({ gateway, call, leave }) => {
      const failed = failureOf(gateway.open(call));
      await turn();
      leave(new GatewayError(code, code));
      expect(await failed).toMatchObject({ code });
    });
    expect(ends).toEqual([{ tokens: 0, refused: true }]);
  }
});

test("T-31 a call whose tokens are refused asks nobody and is settled as refused", async () => {
  const { hold, ends } = recordedHold();
  const limits: LimitHold = {
    ...hold,
    reserve: () => {
      throw new GatewayError("quota_exhausted", "No tokens are left today.");
    },
  };
  const { gateway, call, first, rows } = bench([goodAnswer]);
  expect(await failureOf(gateway.open({ ...call, limits }))).toMatchObject({ code: "quota_exhausted" });
  expect([ends, first.calls.length]).toEqual([[{ tokens: 0, refused: true }], 0]);
  expect(rows).toMatchObject([{ errorCode: "quota_exhausted", httpStatus: 429, attempts: 0 }]);
});

test("T-23 a call that its providers fail takes no tokens of its caller, but is a request", async () => {
  for (const code of ["upstream_error", "upstream_rate_limited", "upstream_rejected"] as const) {
    expect(await ended([fails(code)])).toEqual([{ tokens: 0, refused: false }]);
  }
});

test("T-30 a caller that leaves before content has taken what was expected, after content what had come", async () => {
  const leaving: Parameters<typeof ended>[2] = async ({ gateway, call, leave }) => {
    const failed = failureOf(gateway.open(call).then(drain));
    await turn();
    leave(new GatewayError("client_closed", "gone"));
    await failed;
  };
  expect(await ended([hangs], {}, leaving)).toEqual([{ tokens: undefined, refused: false }]);
  expect(await ended([hangsAfter(said("y".repeat(36)))], {}, leaving)).toEqual([{ tokens: 20, refused: false }]);
});

test("T-30 a caller that never reads its answer settles all the same", async () => {
  const ends = await ended([goodAnswer], {}, async ({ gateway, call }) => (await gateway.open(call)).pieces.return());
  expect(ends).toHaveLength(1);
});

test("a model that the key may not use is refused before anybody is asked, after the question whether it exists", async () => {
  const { gateway, call, first, rows } = bench([goodAnswer]);
  const principal = { ...call.principal, policy: { models: ["other-*"], limits: {} } };
  expect(await failureOf(gateway.open({ ...call, principal }))).toMatchObject({ code: "permission_denied" });
  expect(first.calls).toHaveLength(0);
  expect(rows).toMatchObject([{ errorCode: "permission_denied", httpStatus: 403 }]);
});

test("the level of a call is what admission is asked with; a nonsense wish is refused as the caller's fault", async () => {
  const admission = new ScriptedAdmission();
  const levels = {
    of: ({ priority }: Pick<ModelCall, "priority">) => {
      if (priority === "1") return 1;
      throw new GatewayError("invalid_request", "No.");
    },
  };
  const { gateway, call, rows } = bench([goodAnswer], [], 2, { admission, levels });
  await drain(await gateway.open({ ...call, priority: "1" }));
  expect(await failureOf(gateway.open({ ...call, priority: "x" }))).toMatchObject({ code: "invalid_request" });
  expect(admission.asks.map(({ level }) => level)).toEqual([1]);
  expect(rows.map(({ errorCode }) => errorCode)).toEqual([undefined, "invalid_request"]);
});

test("what fails between first content and end is told to the health of its deployment; what we cut is not", async () => {
  const told: string[] = [];
  const health = {
    answered: () => void told.push("answered"),
    failed: (_: unknown, { code }: Pick<GatewayError, "code">) => void told.push(code),
  };
  const cut = bench(
    [plays(said("a"), { type: "error", error: new GatewayError("upstream_truncated", "cut") })],
    [],
    0,
    {
      health,
    },
  );
  await failureOf(drain(await cut.gateway.open(cut.call)));
  const endless = bench([hangsAfter(said("a"))], [], 0, { health });
  const failed = failureOf(drain(await endless.gateway.open(endless.call)));
  await turn();
  endless.clock.advance(60_000);
  expect(await failed).toMatchObject({ code: "upstream_timeout" });
  expect(told).toEqual(["answered", "upstream_truncated", "answered"]);
});
