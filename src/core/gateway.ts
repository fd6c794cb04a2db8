import { checkToolLoop, type ToolLoopLimits } from "#core/agent/tool-loop.ts";
import type { AnswerMemory } from "#core/answer-memory.ts";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { requestedModel } from "#core/chat/canonical-request.ts";
import { cannotCount, estimatedCount } from "#core/count-estimate.ts";
import { deliver } from "#core/delivery.ts";
import type { MediaFetcher } from "#core/effects/media-fetcher.ts";
import { toGatewayError } from "#core/errors.ts";
import { Account, type AccountParts } from "#core/ledger/account.ts";
import { MoneyGate, type MoneyGateParts } from "#core/budgets/money-gate.ts";
import type { MoneyMeter } from "#core/budgets/money-meter.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import { checkModelAllowed } from "#core/limits/allowed-models.ts";
import type { Gateway, ModelCall, ModelInfo, ModelReply } from "#core/model-call.ts";
import { AttachedMedia } from "#core/routing/attached-media.ts";
import type { OpenedAnswer } from "#core/routing/attempt.ts";
import { type AttemptParts, openAnswer } from "#core/routing/attempts.ts";
import { type Candidate, candidatesFor, nobodySpeaks, type WorkMode } from "#core/routing/candidates.ts";
import { listedModels } from "#core/routing/listed-models.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { RoutePlan } from "#core/routing/route-plan.ts";
import type { WaitingPlace } from "#core/admission/admission.ts";
import type { Levels } from "#core/admission/level.ts";

/** What the core is built from. */
export interface GatewayParts extends AttemptParts, AccountParts, MoneyGateParts {
  readonly plan: RoutePlan;
  readonly workMode: WorkMode;
  readonly providers: readonly Provider[];
  /** What is known of a model by its name. */
  readonly factsOf: (model: string) => ModelFacts;
  readonly moneyMeter: MoneyMeter;
  readonly toolLoop: ToolLoopLimits;
  readonly levels: Pick<Levels, "of">;
  readonly memory: AnswerMemory;
  readonly mediaFetcher: MediaFetcher;
  /** Resolves when the row would survive power loss. */
  readonly record: (settlement: Settlement) => Promise<void>;
  readonly streamTotalTimeoutMs: number;
}

/** The core on one page. A request passes these stages in this order; each is one call below. */
export class ModelGateway implements Gateway {
  readonly #parts: GatewayParts;
  readonly #money: MoneyGate;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#money = new MoneyGate(parts);
  }

  async open(asked: ModelCall): Promise<ModelReply> {
    const { levels, memory, record } = this.#parts;
    const account = new Account(asked, this.#parts);
    try {
      const planned = this.#candidates(asked); //                                 plan
      checkModelAllowed(asked.principal, requestedModel(asked.request)); //       allow
      this.#guard(asked); //                                                      guard
      const level = levels.of(asked); //                                          level
      reserve(asked, account); //                                                 reserve, in tokens
      const recalled = memory.recall(asked); //                                   recall
      const passed = this.#money.pass(recalled, planned, account); //             hold, in money
      const { call, candidates } = passed instanceof Promise ? await passed : passed;
      const answer = await this.#answer(call, level, candidates, account); //     admit, attach, call, retry, fall back
      if (answer === undefined) return await this.#estimate(call, account); //    nobody counts
      const pieces = deliver(call, answer, account, this.#parts); //              meter, remember, settle
      await pieces.next();
      const { queueMs, queuePosition, upstreamMs } = account;
      return {
        provider: answer.deployment.provider.name,
        model: answer.deployment.model,
        rawProtocol: answer.reply.rawProtocol,
        dropped: answer.reply.dropped ?? [],
        queueMs,
        ...(queuePosition === undefined ? {} : { queuePosition }),
        upstreamMs,
        pieces,
        costNanos: () => account.chargedNanos,
      };
    } catch (thrown) {
      const error = toGatewayError(thrown);
      await record(account.close(error));
      throw error;
    }
  }

  waiting(requestId: string): WaitingPlace | undefined {
    return this.#parts.admission.placeOf(requestId);
  }

  isWaiting(requestId: string): boolean {
    return this.#parts.admission.isWaiting(requestId);
  }

  checkModel(model: string): void {
    if (!this.#parts.plan.accepts(model)) this.#parts.plan.deployments(model);
  }

  models(): readonly ModelInfo[] {
    const { plan, providers, factsOf } = this.#parts;
    return [...listedModels(plan, providers)].map(([id, ownedBy]) => modelInfo(id, ownedBy, factsOf(id)));
  }

  /** Only a call that counts tokens may have none: its answer can be estimated. */
  #candidates({ request, protocol }: ModelCall): readonly Candidate[] {
    const { plan, workMode } = this.#parts;
    const model = requestedModel(request);
    const candidates = candidatesFor(plan.deployments(model), protocol, workMode);
    if (candidates.length > 0 || request.operation === "count") return candidates;
    throw nobodySpeaks(model, protocol, workMode);
  }

  #guard({ request }: ModelCall): void {
    if (request.operation === "chat") checkToolLoop(request.chat, this.#parts.toolLoop);
  }

  async #answer(
    call: ModelCall,
    level: number,
    candidates: readonly Candidate[],
    account: Account,
  ): Promise<OpenedAnswer | undefined> {
    if (candidates.length === 0) return undefined;
    const { mediaFetcher, memory } = this.#parts;
    try {
      const tools = { media: new AttachedMedia(mediaFetcher), tokenMaker: memory.makerOf };
      return await openAnswer(call, level, candidates, account, { ...this.#parts, ...tools });
    } catch (thrown) {
      if (cannotCount(call.request, toGatewayError(thrown))) return undefined;
      throw thrown;
    }
  }

  async #estimate(call: ModelCall, account: Account): Promise<ModelReply> {
    await this.#parts.record(account.close(undefined));
    return {
      provider: "tokligence",
      model: requestedModel(call.request),
      rawProtocol: undefined,
      dropped: [],
      estimated: true,
      queueMs: account.queueMs,
      upstreamMs: account.upstreamMs,
      pieces: estimatedCount(call.request),
      costNanos: () => account.chargedNanos,
    };
  }
}

/** Takes what the call is expected to use of its caller's tokens. Having tokens counted uses none. */
function reserve({ limits, request }: ModelCall, account: Account): void {
  if (!limits.countsTokens || request.operation === "count") return;
  const { inputTokens, outputTokens } = account.expected();
  limits.reserve(inputTokens + outputTokens);
}

function modelInfo(id: string, ownedBy: string, facts: ModelFacts): ModelInfo {
  const { displayName, contextWindow, maxOutputTokens } = facts;
  return {
    id,
    ownedBy,
    ...(displayName === undefined ? {} : { displayName }),
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}
