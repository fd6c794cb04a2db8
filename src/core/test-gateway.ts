import { AnswerMemory } from "#core/answer-memory.ts";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { plainFacts } from "#core/catalog/plain-facts.test-data.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { RequestId } from "#core/effects/ids.ts";
import type { Meter } from "#core/effects/meter.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import { type GatewayParts, ModelGateway } from "#core/gateway.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import { localTenant } from "#core/identity/principal.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { wholePrice } from "#core/ledger/money.ts";
import { MoneyMeter } from "#core/budgets/money-meter.ts";
import { noBudgets } from "#core/budgets/no-budgets.ts";
import { freeHold } from "#core/limits/no-limits.ts";
import type { ModelCall, ModelReply } from "#core/model-call.ts";
import { DeploymentHealth } from "#core/routing/deployment-health.ts";
import { DirectAdmission } from "#core/admission/direct-admission.ts";
import { RetryBudget } from "#core/routing/retry-budget.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { RoutingMeter } from "#core/routing/routing-meter.ts";
import { type Answer, stubProvider } from "#core/routing/stub-provider.ts";
import type { Foreseen } from "#core/admission/token-expectation.ts";
import { ReasoningKeeper } from "#core/translation/reasoning-keeper.ts";
import { TokenBook } from "#core/translation/token-book.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** A piece of text. */
export const said = (text: string): ChatEvent => ({ type: "text", choice: 0, text });
/** A good end of the only choice. */
export const finish: ChatEvent = { type: "finish", choice: 0, reason: "stop", raw: "stop" };
/** Ten tokens in, four out. */
export const usage: ChatEvent = { type: "usage", usage: { inputTokens: 10, outputTokens: 4 } };
/** The terminal mark. */
export const end: ChatEvent = { type: "end" };

/** Plays pieces of one event each. */
export const plays = (...events: ChatEvent[]): Answer =>
  async function* () {
    for (const event of events) yield { events: [event] };
  };
/** Fails before anything. */
export const fails = (code: ErrorCode, options: ConstructorParameters<typeof GatewayError>[2] = {}): Answer =>
  async function* (): AsyncGenerator<ReplyPiece, void, undefined> {
    yield { events: [] };
    throw new GatewayError(code, `stub ${code}`, options);
  };
/** Shows nothing until its call is aborted. */
export const hangs: Answer = async function* (call): AsyncGenerator<ReplyPiece, void, undefined> {
  yield { events: [] };
  call.signal.throwIfAborted();
  await new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason)));
};
/** Shows these events, then nothing until its call is aborted. */
export const hangsAfter = (...events: ChatEvent[]): Answer =>
  async function* (call) {
    yield* plays(...events)(call);
    yield* hangs(call);
  };
/** A whole good answer. */
export const goodAnswer = plays(said("hi"), finish, usage, end);

/** What every call is expected to take. */
export const foreseen: Foreseen = {
  inputTokens: 10,
  cachedTokens: 0,
  outputTokens: 512,
  estimatedInput: 10,
  known: undefined,
};

/** What a test of the core holds. */
export interface Bench {
  readonly gateway: ModelGateway;
  readonly clock: VirtualClock;
  readonly rows: LedgerEntry[];
  readonly log: RecordingLog;
  readonly first: ReturnType<typeof stubProvider>;
  readonly second: ReturnType<typeof stubProvider>;
  readonly call: ModelCall;
  readonly leave: (reason: GatewayError) => void;
}

/** What differs from the usual bench: single parts, and how the providers speak. */
export interface BenchOptions extends Partial<GatewayParts> {
  readonly manners?: Parameters<typeof stubProvider>[3];
}

/** One nano-dollar a token of input, two a token of output. */
export const testPrice = { price: wholePrice({ input: 1_000_000n, output: 2_000_000n }), version: "test" };

/** A gateway over one or two scripted providers; `first` may take 4 s of the 10 s for first content. */
export function bench(
  first: Answer[],
  second: Answer[] = [],
  maxRetries = 2,
  { manners, ...parts }: BenchOptions = {},
): Bench {
  const clock = new VirtualClock();
  const rows: LedgerEntry[] = [];
  const log = new RecordingLog();
  const providers = [stubProvider("first", [], first, manners), stubProvider("second", [], second)] as const;
  const routes = second.length > 0 ? "first, second" : "first";
  const health = testHealth(clock, log);
  const gateway = new ModelGateway({
    clock,
    log,
    health,
    admission: new DirectAdmission(health, clock),
    levels: { of: () => 5 },
    expectation: { of: () => foreseen, learn: () => undefined },
    random: { bytes: (length) => new Uint8Array(length), uniform: () => 0 },
    budget: new RetryBudget(clock),
    meter: new RoutingMeter(nullMeter, (model) => model === "m"),
    limits: { requestTimeoutMs: 10_000, maxRetries, providerTimeoutMs: new Map([["first", 4000]]) },
    workMode: "auto",
    factsOf: unknownFacts,
    toolLoop: { duplicateDetection: false },
    memory: testMemory(clock),
    mediaFetcher: { fetch: () => Promise.reject(new Error("No test fetches.")) },
    plan: new RoutePlan([parseRoute("m", routes)], providers),
    providers,
    prices: { current: () => ({ find: () => testPrice }) },
    money: { unpriced: "allow" },
    moneyMeter: new MoneyMeter(nullMeter, log),
    budgets: noBudgets,
    record: async ({ entry }) => {
      rows.push(entry);
    },
    streamTotalTimeoutMs: 60_000,
    ...parts,
  });
  const leaving = new AbortController();
  return {
    gateway,
    clock,
    rows,
    log,
    first: providers[0],
    second: providers[1],
    call: modelCall(leaving.signal, "m"),
    leave: (reason) => leaving.abort(reason),
  };
}

/** Health by the usual rules: five failures in a row, or half of twenty, open for 30 s. */
export function testHealth(clock: VirtualClock, log = new RecordingLog(), meter: Meter = nullMeter): DeploymentHealth {
  const rules = {
    threshold: 5,
    openMs: 30_000,
    failurePercent: 50,
    windowMs: 30_000,
    minimumRequests: 20,
    probes: 1,
  };
  return new DeploymentHealth({ clock, rules, meter, log, modelLabel: (model) => (model === "m" ? model : "other") });
}

function testMemory(clock: VirtualClock): AnswerMemory {
  const thoughts = new ReasoningKeeper({ clock, maxEntries: 10, maxCharacters: 10_000, timeToLiveMs: 60_000 });
  return new AnswerMemory(new TokenBook({ digest: pureDigest, limit: 10 }), thoughts);
}

/** A model of which nothing is known. */
export const unknownFacts = (model: string): ModelFacts => plainFacts({ model, input: ["text"] });

/** A streamed call of a model with a prompt of 36 characters, 10 tokens by estimate. */
export function modelCall(signal: AbortSignal, model: string): ModelCall {
  return {
    requestId: "req_1" as RequestId,
    principal: { kind: "local", tenantId: localTenant, permissions: callerPermissions },
    protocol: "openai-chat",
    body: { bytes: new Uint8Array(), value: {}, spans: new Map() },
    address: {},
    request: {
      operation: "chat",
      chat: plainChat({
        model,
        messages: [{ role: "user", parts: [{ type: "text", text: "x".repeat(36) }] }],
        stream: true,
        streamUsage: false,
      }),
    },
    strict: false,
    headers: {},
    receivedAt: 0,
    limits: freeHold,
    signal,
  };
}

/** Reads a reply to its end; the text it said. */
export async function drain(reply: ModelReply): Promise<string> {
  let text = "";
  for await (const piece of reply.pieces) {
    for (const event of piece.events) if (event.type === "text") text += event.text;
  }
  return text;
}

/** What a promise rejects with. `expect(...).rejects` would block here until it settles, and time would never move. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no failure",
    (error) => error,
  );

/** Lets pending promises run; no time passes. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
