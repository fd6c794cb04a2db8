/**
 * What a prompt tells the loopback model to do, written anywhere in the last user message:
 *
 *     [[loopback delay_ms=500 events=200 interval_ms=20 fail=503 fail_after=3 cut_after=3 tool=NAME length=1 silent_ms=100]]
 *
 * `delay_ms` before anything is answered · `silent_ms` between the start of the answer and its first word · `events`
 * number of words, repeating the text · `interval_ms` before each further word · `fail` the status to refuse with ·
 * `fail_after`, `cut_after` number of words after which the provider fails or the connection breaks · `tool` a tool to
 * call · `length=1` end for want of tokens. Unknown keys are ignored, values are clamped to the bounds below.
 */
export interface LoopbackScript {
  readonly delayMs: number;
  readonly silentMs: number;
  readonly intervalMs: number;
  readonly events?: number;
  readonly failStatus?: number;
  readonly failAfter?: number;
  readonly cutAfter?: number;
  readonly tool?: string;
  readonly endByLength: boolean;
}

const opening = "[[loopback";
const closing = "]]";
const longestWaitMs = 600_000;
const mostEvents = 100_000;

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

const plainScript: LoopbackScript = { delayMs: 0, silentMs: 0, intervalMs: 0, endByLength: false };

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
    tool: values.get("tool"),
  };
  const given = Object.entries(optional).filter(([, value]) => value !== undefined && value !== "");
  return {
    delayMs: number("delay_ms", 0, longestWaitMs) ?? 0,
    silentMs: number("silent_ms", 0, longestWaitMs) ?? 0,
    intervalMs: number("interval_ms", 0, longestWaitMs) ?? 0,
    endByLength: values.get("length") === "1",
    ...Object.fromEntries(given),
  };
}

function splitPair(word: string): [string, string] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
}
