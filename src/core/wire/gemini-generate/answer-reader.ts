import type { ChatEvent } from "#core/chat/event.ts";
import type { Usage } from "#core/chat/usage.ts";
import { type AnswerState, CandidateReader } from "#core/wire/gemini-generate/candidate-reader.ts";
import { decodeUsage } from "#core/wire/gemini-generate/token-usage.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the frames of one answer (`GenerateContentResponse`) as events, remembering what earlier ones said. A whole answer is
 * one frame. Usage is cumulative: it comes out whenever it has changed, and the last one counts.
 */
export class AnswerReader {
  readonly #requestId: string;
  readonly #candidates = new Map<number, CandidateReader>();
  readonly #state: AnswerState = { calls: 0, usable: false };
  #started = false;
  #blocked = false;
  #usage: Usage | undefined;

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  /** True once an answer or a refusal of the prompt has come, and every candidate seen has said why it ended. */
  get finished(): boolean {
    if (this.#blocked) return true;
    return this.#candidates.size > 0 && [...this.#candidates.values()].every((candidate) => candidate.finished);
  }

  /** Whether anything of an answer was seen. */
  get begun(): boolean {
    return this.#blocked || this.#candidates.size > 0;
  }

  /** The events of a frame. One of type `error` is the last. */
  read(frame: Fields): ChatEvent[] {
    const events: ChatEvent[] = [];
    const candidates = listOf(frame["candidates"]);
    this.#readStart(frame, events);
    // Before the content, so that who tells the input first can tell it.
    this.#readUsage(frame["usageMetadata"], events);
    candidates.forEach((value, position) => {
      const candidate = recordOf(value);
      if (candidate !== undefined) this.#candidate(candidate["index"] ?? position).read(candidate, events);
    });
    if (candidates.length === 0) this.#readFeedback(frame["promptFeedback"], events);
    const failure = events.find(({ type }) => type === "error");
    return failure === undefined ? events : [...events.filter(({ type }) => type !== "error"), failure];
  }

  /** The end of an answer that is over. */
  end(): ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const candidate of this.#candidates.values()) candidate.end(events);
    events.push({ type: "end" });
    return events;
  }

  #candidate(index: unknown): CandidateReader {
    const choice = typeof index === "number" && Number.isInteger(index) && index >= 0 ? index : 0;
    const known = this.#candidates.get(choice) ?? new CandidateReader(choice, this.#requestId, this.#state);
    this.#candidates.set(choice, known);
    return known;
  }

  #readStart(frame: Fields, events: ChatEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    const id = textOf(frame["responseId"]);
    const model = textOf(frame["modelVersion"]);
    const createdMs = Date.parse(textOf(frame["createTime"]) ?? "");
    events.push({
      type: "start",
      ...(id === undefined ? {} : { id }),
      ...(model === undefined ? {} : { model }),
      ...(Number.isFinite(createdMs) ? { createdSeconds: Math.floor(createdMs / 1000) } : {}),
    });
  }

  /** A prompt that was blocked is an answer: the model's no, without a candidate. */
  #readFeedback(value: unknown, events: ChatEvent[]): void {
    const feedback = recordOf(value);
    const raw = textOf(feedback?.["blockReason"]);
    if (raw === undefined || this.begun) return;
    this.#blocked = true;
    const text = textOf(feedback?.["blockReasonMessage"]) ?? `The prompt was blocked (${raw}).`;
    events.push({ type: "refusal", choice: 0, text });
    events.push({ type: "finish", choice: 0, reason: "content_filter", raw });
  }

  #readUsage(value: unknown, events: ChatEvent[]): void {
    if (value === undefined) return;
    const usage = decodeUsage(value);
    if (usage === undefined || same(usage, this.#usage)) return;
    this.#usage = usage;
    events.push({ type: "usage", usage });
  }
}

function same(a: Usage, b: Usage | undefined): boolean {
  return (
    b !== undefined &&
    a.inputTokens === b.inputTokens &&
    a.cachedTokens === b.cachedTokens &&
    a.outputTokens === b.outputTokens &&
    a.reasoningTokens === b.reasoningTokens
  );
}
