import type { Usage } from "#core/chat/usage.ts";

/**
 * What a prompt tells the loopback model to do, written anywhere in the last user message:
 *
 *     [[loopback delay_ms=500 events=200 interval_ms=20 fail=503 fail_after=3 cut_after=3 tool=NAME length=1 silent_ms=100]]
 *     [[loopback think=20 tool=NAME,NAME calls=2 refuse=1 input=1000 cached=900 cache_write=50 output=7 reasoning=3]]
 *
 * `delay_ms` before anything is answered · `silent_ms` between the start of the answer and its first word · `events`
 * number of words, repeating the text · `interval_ms` before each further word · `fail` the status to refuse with ·
 * `fail_after`, `cut_after` number of words after which the provider fails or the connection breaks · `tool` the tools to
 * call, side by side · `calls` how often each · `think` number of words thought before · `refuse=1` refuse to answer ·
 * `length=1` end for want of tokens · `input`, `cached`, `cache_write`, `output`, `reasoning` what the usage says. Unknown keys are ignored, values are clamped to the bounds below.
 */
export interface LoopbackScript {
  readonly delayMs: number;
  readonly silentMs: number;
  readonly intervalMs: number;
  readonly events?: number;
  readonly failStatus?: number;
  readonly failAfter?: number;
  readonly cutAfter?: number;
  readonly think?: number;
  readonly tools: readonly string[];
  readonly calls: number;
  readonly refuse: boolean;
  readonly endByLength: boolean;
  /** Counts that the usage shows in place of the true ones. */
  readonly usage: Usage;
}

const opening = "[[loopback";
const closing = "]]";
const longestWaitMs = 600_000;
const mostEvents = 100_000;
const mostCalls = 100;
const mostTokens = 10_000_000;

/** Takes the marker out of a prompt; a prompt without one has a script that changes nothing. */
export function readScript(prompt: string): { readonly script: LoopbackScript; readonly text: string } {
  const start = prompt.indexOf(opening);
  const end = start < 0 ? -1 : prompt.indexOf(closing, start);
  if (end < 0) return { script: plainScript, text: prompt };
  const words = prompt.slice(start + opening.length, end).split(/\s+/);
  const values = new Map(words.map((word) => splitPair(word)));
  const text = prompt.slice(0, start).trimEnd() + prompt.slice(end + closing.length);
  return { script: scriptOf(values), text: text.trim() };
}

const plainScript: LoopbackScript = {
  delayMs: 0,
  silentMs: 0,
  intervalMs: 0,
  tools: [],
  calls: 1,
  refuse: false,
  endByLength: false,
  usage: {},
};

function scriptOf(values: ReadonlyMap<string, string>): LoopbackScript {
  const number = (name: string, least: number, most: number): number | undefined => {
    const text = values.get(name);
    if (text === undefined || !/^\d{1,9}$/.test(text)) return undefined;
    return Math.min(most, Math.max(least, Number(text)));
  };
  const optional = {
    events: number("events", 1, mostEvents),
    failStatus: number("fail", 400, 599),
    failAfter: number("fail_after", 0, mostEvents),
    cutAfter: number("cut_after", 0, mostEvents),
    think: number("think", 1, mostEvents),
  };
  const usage = {
    inputTokens: number("input", 0, mostTokens),
    cachedTokens: number("cached", 0, mostTokens),
    cacheWriteTokens: number("cache_write", 0, mostTokens),
    outputTokens: number("output", 0, mostTokens),
    reasoningTokens: number("reasoning", 0, mostTokens),
  };
  return {
    delayMs: number("delay_ms", 0, longestWaitMs) ?? 0,
    silentMs: number("silent_ms", 0, longestWaitMs) ?? 0,
    intervalMs: number("interval_ms", 0, longestWaitMs) ?? 0,
    tools: (values.get("tool") ?? "").split(",").filter((name) => name !== ""),
    calls: number("calls", 1, mostCalls) ?? 1,
    refuse: values.get("refuse") === "1",
    endByLength: values.get("length") === "1",
    usage: given(usage),
    ...given(optional),
  };
}

/** Those of the values that are there. */
function given(values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function splitPair(word: string): [string, string] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
}
