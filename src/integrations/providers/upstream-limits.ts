import type { UpstreamResponse } from "#core/effects/upstream-http.ts";
import { believed } from "#core/scheduler/allowance.ts";
import type { RemainingLimit, UpstreamLimits } from "#core/scheduler/capacity.ts";
import { readResetMs } from "#integrations/providers/reset-time.ts";

/** The head of an answer, as far as limits are told in it. */
export type LimitsHead = Pick<UpstreamResponse, "header">;

interface HeaderNames {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
  /** The part of a whole limit that is room for another call; undefined where that is one unit. */
  readonly room?: number;
}

/** A call takes many tokens: a hundredth of what there is in all will do for the usual one. */
const roomInTokens = 0.01;
/** Who has just refused a call is not asked again earlier. */
const leastRefusedMs = 1_000;

/** What OpenAI, everyone who imitates it, and Anthropic call that which is left of a limit. */
const requestHeaders: readonly HeaderNames[] = [openAiNames("requests"), anthropicNames("requests")];
const tokenHeaders: readonly HeaderNames[] = [
  openAiNames("tokens"),
  ...["tokens", "input-tokens", "output-tokens"].map(anthropicNames),
];

const wholeNumber = /^\d{1,12}$/;

/**
 * What a provider says of its own limits in the headers of an answer: of several that count the same the one of which least is
 * left. Undefined when it says nothing that can be believed. `nowMs` is our wall clock, for providers that do not tell theirs.
 */
export function upstreamLimits(head: LimitsHead, nowMs: number): UpstreamLimits | undefined {
  const requests = least(requestHeaders, head, nowMs);
  const tokens = least(tokenHeaders, head, nowMs);
  if (requests === undefined && tokens === undefined) return undefined;
  return { ...(requests === undefined ? {} : { requests }), ...(tokens === undefined ? {} : { tokens }) };
}

/** How long one that has just refused is left alone for limits that are used up, milliseconds; undefined where none is, or nobody says. */
export function usedUpForMs(head: LimitsHead, nowMs: number): number | undefined {
  const { requests, tokens } = upstreamLimits(head, nowMs) ?? {};
  const waits = [requests, tokens].flatMap((limit) => (limit?.remaining === 0 ? (limit.resetInUs ?? []) : []));
  return waits.length === 0 ? undefined : Math.max(leastRefusedMs, Math.ceil(Math.max(...waits) / 1000));
}

function least(all: readonly HeaderNames[], head: LimitsHead, nowMs: number): RemainingLimit | undefined {
  let least: RemainingLimit | undefined;
  for (const names of all) {
    const remaining = wholeNumberOf(head.header(names.remaining));
    if (remaining === undefined) continue;
    const resetMs = readResetMs(head.header(names.reset), head.header("date"), nowMs);
    const limit = believed(resetMs === undefined ? { remaining } : { remaining, resetInUs: resetMs * 1000 });
    if (limit === undefined) continue;
    const held = limit.remaining > 0 ? limit : untilThereIsRoom(limit, names, wholeNumberOf(head.header(names.limit)));
    if (least === undefined || holdsLonger(held, least)) least = held;
  }
  return least;
}

function holdsLonger(one: RemainingLimit, other: RemainingLimit): boolean {
  if (one.remaining !== other.remaining) return one.remaining < other.remaining;
  return (one.resetInUs ?? 0) > (other.resetInUs ?? 0);
}

/**
 * Providers fill their limits up little by little, and "reset" is when they are whole: to wait for that would leave most of a
 * limit unused. Where it is said how much there is in all, room for another call comes that much sooner.
 */
function untilThereIsRoom(usedUp: RemainingLimit, { room }: HeaderNames, whole: number | undefined): RemainingLimit {
  const { remaining, resetInUs } = usedUp;
  if (resetInUs === undefined || whole === undefined || whole === 0) return usedUp;
  return { remaining, resetInUs: Math.ceil(resetInUs * (room ?? 1 / whole)) };
}

function wholeNumberOf(header: string | undefined): number | undefined {
  const text = header?.trim();
  return text !== undefined && wholeNumber.test(text) ? Number(text) : undefined;
}

function openAiNames(unit: string): HeaderNames {
  return headerNames(unit, (what) => `x-ratelimit-${what}-${unit}`);
}

function anthropicNames(unit: string): HeaderNames {
  return headerNames(unit, (what) => `anthropic-ratelimit-${unit}-${what}`);
}

function headerNames(unit: string, nameOf: (what: string) => string): HeaderNames {
  return {
    limit: nameOf("limit"),
    remaining: nameOf("remaining"),
    reset: nameOf("reset"),
    ...(unit === "requests" ? {} : { room: roomInTokens }),
  };
}
