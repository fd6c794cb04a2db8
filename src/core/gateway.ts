import { checkToolLoop, type ToolLoopLimits } from "#core/agent/tool-loop.ts";
import type { AnswerMemory } from "#core/answer-memory.ts";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { requestedModel } from "#core/chat/canonical-request.ts";
import { cannotCount, estimatedCount } from "#core/count-estimate.ts";
import { deliver } from "#core/delivery.ts";
import type { MediaFetcher } from "#core/effects/media-fetcher.ts";
import { toGatewayError } from "#core/errors.ts";
import { Account, type PriceQuestion } from "#core/ledger/account.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import type { Gateway, ModelCall, ModelInfo, ModelReply } from "#core/model-call.ts";
import { AttachedMedia } from "#core/routing/attached-media.ts";
import type { OpenedAnswer } from "#core/routing/attempt.ts";
import { type AttemptParts, openAnswer } from "#core/routing/attempts.ts";
import { type Candidate, candidatesFor, nobodySpeaks, type WorkMode } from "#core/routing/candidates.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { RoutePlan } from "#core/routing/route-plan.ts";

/** What the core is built from. */
export interface GatewayParts extends AttemptParts {
  readonly plan: RoutePlan;
  readonly workMode: WorkMode;
  readonly providers: readonly Provider[];
  readonly price: PriceQuestion;
  /** What is known of a model by its name. */
  readonly factsOf: (model: string) => ModelFacts;
  readonly toolLoop: ToolLoopLimits;
  readonly memory: AnswerMemory;
  readonly mediaFetcher: MediaFetcher;
  /** Resolves when the row would survive power loss. */
  readonly record: (entry: LedgerEntry) => Promise<void>;
  readonly streamTotalTimeoutMs: number;
}

/** The core on one page. A request passes these stages in this order; each is one call below. */
export class ModelGateway implements Gateway {
  readonly #parts: GatewayParts;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  async open(asked: ModelCall): Promise<ModelReply> {
    const { clock, price, memory, record } = this.#parts;
    const account = new Account(asked, clock, price);
    try {
      const candidates = this.#candidates(asked); //                              plan
      this.#guard(asked); //                                                      guard
      const call = memory.recall(asked); //                                       recall
      const answer = await this.#answer(call, candidates, account); //            attach, call, retry, fall back
      if (answer === undefined) return await this.#estimate(call, account); //    nobody counts
      const pieces = deliver(call, answer, account, this.#parts); //              meter, remember, settle
      await pieces.next();
      return {
        provider: answer.deployment.provider.name,
        model: answer.deployment.model,
        rawProtocol: answer.reply.rawProtocol,
        dropped: answer.reply.dropped ?? [],
        queueMs: 0,
        upstreamMs: account.upstreamMs,
        pieces,
      };
    } catch (thrown) {
      const error = toGatewayError(thrown);
      await record(account.entry(error));
      throw error;
    }
  }

  checkModel(model: string): void {
    if (!this.#parts.plan.accepts(model)) this.#parts.plan.deployments(model);
  }

  models(): readonly ModelInfo[] {
    const { plan, providers, factsOf } = this.#parts;
    const listed = new Map<string, string>();
    for (const name of plan.names()) if (plan.accepts(name)) listed.set(name, "tokligence");
    for (const provider of providers) {
      for (const model of provider.models) if (plan.accepts(model)) listed.set(model, provider.name);
    }
    return [...listed].map(([id, ownedBy]) => modelInfo(id, ownedBy, factsOf(id)));
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
    candidates: readonly Candidate[],
    account: Account,
  ): Promise<OpenedAnswer | undefined> {
    if (candidates.length === 0) return undefined;
    const { mediaFetcher, memory } = this.#parts;
    try {
      const tools = { media: new AttachedMedia(mediaFetcher), tokenMaker: memory.makerOf };
      return await openAnswer(call, candidates, account, { ...this.#parts, ...tools });
    } catch (thrown) {
      if (cannotCount(call.request, toGatewayError(thrown))) return undefined;
      throw thrown;
    }
  }

  async #estimate(call: ModelCall, account: Account): Promise<ModelReply> {
    await this.#parts.record(account.entry(undefined));
    return {
      provider: "tokligence",
      model: requestedModel(call.request),
      rawProtocol: undefined,
      dropped: [],
      estimated: true,
      queueMs: 0,
      upstreamMs: account.upstreamMs,
      pieces: estimatedCount(call.request),
    };
  }
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
