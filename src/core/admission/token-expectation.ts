import { type CanonicalRequest, requestedModel } from "#core/chat/canonical-request.ts";
import { estimatedInputTokens } from "#core/chat/token-estimate.ts";
import type { Histogram, Meter } from "#core/effects/meter.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import type { ModelCall } from "#core/model-call.ts";
import { RecentCache } from "#core/recent-cache.ts";
import type { CallTokens } from "#core/scheduler/offer.ts";
import { QuantileSketch } from "#core/admission/quantile-sketch.ts";
import { RunningRatio } from "#core/admission/running-ratio.ts";

/** Output that is expected where nothing is known; less when the caller allows less. */
const coldOutputTokens = 512;

/** Answers of a class that must have been seen before they tell more than `coldOutputTokens`. */
const samplesNeeded = 5;

/** Share of answers that are to stay within what was expected, permille. */
const outputPermille = 750;

/** An estimate of the input is off by no more than this, whatever providers say. */
const mostCorrection = 4;

/** Models, tenants and classes are names that callers choose, so there may be any number. */
const modelsKept = 1_000;
const tenantsKept = 1_000;
const modelsOfTenantKept = 50;

const ratioBuckets = [0.1, 0.25, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4, 10];

/** What a call is expected to take, and what it was foreseen from. */
export interface Foreseen extends CallTokens {
  /** Input by the text alone. */
  readonly estimatedInput: number;
  /** Undefined while nothing of its class was learned. */
  readonly known: ClassOfCalls | undefined;
}

/** What having tokens counted takes, however long the prompt. */
const counting: Foreseen = { inputTokens: 1, cachedTokens: 0, outputTokens: 0, estimatedInput: 1, known: undefined };

/** What is known of a class of calls: tenant, model and the power of two of the most tokens that the caller allows. */
interface ClassOfCalls {
  /** Of the model, and so the same for all of its classes: what its provider counts over what is estimated. */
  readonly input: RunningRatio;
  readonly cached: RunningRatio;
  readonly outputs: QuantileSketch;
}

/**
 * What a call will take, told before it is sent: input by its text, corrected by how much the model's provider counted
 * so far; output by the third quartile of what answers of its class were long; what came out of the provider's cache by
 * its share so far.
 */
export class TokenExpectation {
  readonly #inputRatios = new RecentCache<RunningRatio>(modelsKept);
  /** By tenant, model and class: names looked up one by one cost less than joined. */
  readonly #classes = new RecentCache<RecentCache<ClassOfCalls[]>>(tenantsKept);
  readonly #errors: Histogram;
  readonly #modelLabel: (model: string) => string;

  /** `modelLabel` bounds the values of the label: callers may ask for any model. */
  constructor(meter: Meter = nullMeter, modelLabel: (model: string) => string = (model) => model) {
    this.#modelLabel = modelLabel;
    const name = "tokligence_scheduling_estimate_ratio";
    this.#errors = meter.histogram(name, "Tokens taken over tokens expected.", ratioBuckets, ["model"]);
  }

  /** Whole tokens; the input is never 0. To be asked for once a call: later it may have been learned better. */
  of({ request, principal }: ModelCall): Foreseen {
    if (request.operation === "count") return counting;
    const model = requestedModel(request);
    const known = this.#classes.get(principal.tenantId)?.get(model)?.[classOf(request)];
    const estimatedInput = Math.max(1, estimatedInputTokens(request));
    const input = known?.input ?? this.#inputRatios.get(model);
    const inputTokens = Math.max(1, input?.times(estimatedInput) ?? estimatedInput);
    const cachedTokens = known?.cached.times(inputTokens) ?? 0;
    return { inputTokens, cachedTokens, outputTokens: outputTokens(request, known), estimatedInput, known };
  }

  /** Learns from what a provider counted for a call, in the place of what was foreseen for it. Estimates teach nothing. */
  learn({ request, principal }: ModelCall, foreseen: Foreseen, actual: CallTokens): void {
    if (request.operation === "count") return;
    const { estimatedInput, inputTokens, outputTokens } = foreseen;
    const model = requestedModel(request);
    const ratio = (actual.inputTokens + actual.outputTokens) / (inputTokens + outputTokens);
    this.#errors.observe(ratio, this.#modelLabel(model));
    const known = foreseen.known ?? this.#classFor(principal.tenantId, model, classOf(request));
    if (actual.inputTokens > 0) {
      const most = estimatedInput * mostCorrection;
      const counted = Math.min(most, Math.max(Math.ceil(estimatedInput / mostCorrection), actual.inputTokens));
      known.input.add(counted, estimatedInput);
      known.cached.add(Math.min(actual.cachedTokens, actual.inputTokens), actual.inputTokens);
    }
    if (request.operation !== "chat" || actual.outputTokens <= 0) return;
    known.outputs.add(Math.ceil(actual.outputTokens / choicesOf(request)));
  }

  #classFor(tenant: string, model: string, index: number): ClassOfCalls {
    const models = kept(this.#classes, tenant, () => new RecentCache<ClassOfCalls[]>(modelsOfTenantKept));
    const classes = kept(models, model, () => []);
    const input = kept(this.#inputRatios, model, () => new RunningRatio());
    classes[index] ??= { input, cached: new RunningRatio(), outputs: new QuantileSketch() };
    return classes[index];
  }
}

function outputTokens(request: CanonicalRequest, known: ClassOfCalls | undefined): number {
  if (request.operation !== "chat") return 0;
  const outputs = known !== undefined && known.outputs.seen >= samplesNeeded ? known.outputs : undefined;
  const allowed = request.chat.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  return Math.min(allowed, outputs?.quantile(outputPermille) ?? coldOutputTokens) * choicesOf(request);
}

/** The power of two of the most tokens that the caller allows. */
function classOf(request: CanonicalRequest): number {
  return 32 - Math.clz32(request.operation === "chat" ? (request.chat.maxOutputTokens ?? 0) : 0);
}

function choicesOf(request: CanonicalRequest): number {
  return request.operation === "chat" ? Math.max(1, request.chat.choices) : 1;
}

function kept<Value>(cache: RecentCache<Value>, key: string, make: () => Value): Value {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}
