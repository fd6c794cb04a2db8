import type { ChatEvent } from "#core/chat/event.ts";
import type { ChatRequest, Message, Part, ReasoningPart } from "#core/chat/request.ts";
import type { Clock } from "#core/effects/clock.ts";
import { type KeptReasoning, ReasoningWatch } from "#core/translation/reasoning-watch.ts";

interface Entry {
  readonly kept: KeptReasoning;
  readonly size: number;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

/** What the keeper is built from. */
export interface ReasoningKeeperParts {
  readonly clock: Clock;
  /** Most calls that are remembered. */
  readonly maxEntries: number;
  /** Most UTF-16 code units of thoughts and tokens that are remembered. */
  readonly maxCharacters: number;
  readonly timeToLiveMs: number;
}

/**
 * Keeps the thinking that led to a call for callers whose protocol has no place for its token, and puts it back when the
 * call comes back in a later request of the same tenant. What is used stays; what was not used for the longest goes first.
 */
export class ReasoningKeeper {
  readonly #parts: ReasoningKeeperParts;
  /** In order of use: the one used last is the last. */
  readonly #entries = new Map<string, Entry>();
  #characters = 0;

  constructor(parts: ReasoningKeeperParts) {
    this.#parts = parts;
  }

  /** Watches one answer: the returned function is given its events in order, as the caller gets them. */
  remember(tenant: string): (events: readonly ChatEvent[]) => void {
    const watch = new ReasoningWatch((callId, kept) => this.#keep(`${tenant}\n${callId}`, kept));
    return (events) => {
      for (const event of events) watch.see(event);
    };
  }

  /** The request with the thinking before its calls; the same one when nothing is remembered of them. */
  recall(tenant: string, request: ChatRequest): ChatRequest {
    if (this.#entries.size === 0) return request;
    let changed = false;
    const messages = request.messages.map((message) => {
      const recalled = message.role === "assistant" ? this.#withThinking(tenant, message) : message;
      changed ||= recalled !== message;
      return recalled;
    });
    return changed ? { ...request, messages } : request;
  }

  get size(): number {
    return this.#entries.size;
  }

  #withThinking(tenant: string, message: Message): Message {
    const found = new Map<Part, KeptReasoning>();
    for (const part of message.parts) {
      const kept = part.type === "tool-call" ? this.#find(`${tenant}\n${part.id}`) : undefined;
      if (kept !== undefined) found.set(part, kept);
    }
    if (found.size === 0) return message;
    const parts: Part[] = [];
    let textAt: number | undefined;
    for (const part of message.parts) {
      // The same thoughts without their token, as callers repeat what they were shown.
      if (part.type === "reasoning" && part.token === undefined) continue;
      const kept = found.get(part);
      if (kept !== undefined) {
        parts.splice(textAt ?? parts.length, 0, ...kept.beforeText);
        parts.push(...kept.beforeCall);
      }
      if (part.type === "tool-call") textAt = undefined;
      else if (part.type === "text") textAt ??= parts.length;
      parts.push(part);
    }
    return { ...message, parts };
  }

  #find(key: string): KeptReasoning | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#forget(key, entry);
    if (entry.expiresAt <= this.#parts.clock.monotonic()) return undefined;
    this.#keep(key, entry.kept);
    return entry.kept;
  }

  #keep(key: string, kept: KeptReasoning): void {
    const known = this.#entries.get(key);
    if (known !== undefined) this.#forget(key, known);
    const { clock, maxEntries, maxCharacters, timeToLiveMs } = this.#parts;
    const size = key.length + sizeOf(kept.beforeText) + sizeOf(kept.beforeCall);
    if (size > maxCharacters) return;
    const now = clock.monotonic();
    this.#entries.set(key, { kept, size, expiresAt: now + timeToLiveMs });
    this.#characters += size;
    for (const [oldest, entry] of this.#entries) {
      const fits = this.#entries.size <= maxEntries && this.#characters <= maxCharacters;
      if (fits && entry.expiresAt > now) break;
      this.#forget(oldest, entry);
    }
  }

  #forget(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#characters -= entry.size;
  }
}

function sizeOf(parts: readonly ReasoningPart[]): number {
  return parts.reduce((sum, { text, token }) => sum + text.length + (token?.data.length ?? 0), 0);
}
