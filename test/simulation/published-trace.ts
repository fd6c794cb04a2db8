import { onOff, poisson, type Span } from "./arrivals.ts";
import type { Draws } from "./draws.ts";
import type { Simulation } from "./simulation.ts";

/** Log-normal lengths in tokens with this median, cut off at the largest. */
interface Lengths {
  readonly median: number;
  /** Standard deviation of the logarithm: `sqrt(2 ln(mean / median))`. */
  readonly spread: number;
  readonly most: number;
}

/** One service of a trace: how often it is asked, how long questions and answers are, who asks. */
interface Service {
  readonly perSecond: number;
  readonly prompt: Lengths;
  readonly answer: Lengths;
  readonly tenants: readonly string[];
}

const named = (name: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${name}${index}`);

/**
 * The shape of the Azure LLM inference trace of 2023, an hour of two services (Patel et al., "Splitwise: Efficient
 * Generative LLM Inference Using Phase Splitting", ISCA 2024, section 3; AzurePublicDataset, CC-BY). Published of it:
 * 19,366 conversations an hour with prompts of 1,020 tokens in the median and 1,155 in the mean and answers of 129 and 211;
 * 8,819 code completions an hour with prompts of 1,500 and 2,048 and answers of 13 and 28, which come in bursts of up to 585
 * a minute between minutes of silence. Nothing is taken from the trace itself. It names no callers: how unequal they are
 * is of the VTC paper's trace (Sheng et al., OSDI 2024), where few of 27 send most.
 */
export const publishedTrace = {
  conversation: {
    perSecond: 5.53,
    prompt: { median: 1_020, spread: 0.5, most: 14_000 },
    answer: { median: 129, spread: 0.99, most: 1_000 },
    tenants: named("talks", 20),
  },
  code: {
    perSecond: 2.57,
    prompt: { median: 1_500, spread: 0.79, most: 7_437 },
    answer: { median: 13, spread: 1.24, most: 1_000 },
    tenants: named("codes", 7),
  },
} as const satisfies Readonly<Record<string, Service>>;

/** Of the code service: 585 a minute while it is busy. */
const busyPerSecond = 9.75;
const busyUs = 15_000_000;

/** Tokens a second of the whole trace, as its published means give them. */
export const traceTokensPerSecond = 5.53 * (1_155 + 211) + 2.57 * (2_048 + 28);

/** Sends a trace of this shape, all of one level; each tenant asks half, a third, a quarter ... as much as the first. */
export function sendTrace(simulation: Simulation, { fromUs, untilUs }: Omit<Span, "perSecond">, level: number): void {
  const { conversation, code } = publishedTrace;
  const send = (service: Service) => (): void => {
    const { draws } = simulation;
    const tenant = popular(draws, service.tenants);
    const [inputTokens, outputTokens] = [drawn(draws, service.prompt), drawn(draws, service.answer)];
    simulation.send({ tenant, level, inputTokens, outputTokens });
  };
  poisson(simulation, { fromUs, untilUs, perSecond: conversation.perSecond }, send(conversation));
  const idleUs = Math.round(busyUs * (busyPerSecond / code.perSecond - 1));
  onOff(simulation, { fromUs, untilUs, perSecond: busyPerSecond }, busyUs, idleUs, send(code));
}

/** A length of a request of the trace. */
export function drawn(draws: Draws, { median, spread, most }: Lengths): number {
  return Math.min(most, draws.logNormal(median, spread));
}

/** By Zipf's law: the second half as often as the first, the third a third as often. */
function popular(draws: Draws, names: readonly string[]): string {
  const shares = names.map((_, index) => Math.floor(10_000 / (index + 1)));
  let left = draws.integer(
    1,
    shares.reduce((sum, share) => sum + share, 0),
  );
  for (const [index, name] of names.entries()) {
    left -= shares[index] ?? 0;
    if (left <= 0) return name;
  }
  return names[0] ?? "";
}
