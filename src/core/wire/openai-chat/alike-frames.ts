import type { ChatEvent } from "#core/chat/event.ts";
import { parseObject } from "#core/wire/json-value.ts";
import { ChunkReader } from "#core/wire/openai-chat/chunk-reader.ts";
import type { ServerSentEvent } from "#core/wire/server-sent-events.ts";

type TextEvent = Extract<ChatEvent, { type: "text" | "reasoning" }>;

/** Frames that are alike, one directly behind the other: where they end, and all they say. */
export interface AlikeRun {
  readonly end: number;
  readonly event: TextEvent;
}

/** How often one stream may be learned from: one whose frames are never alike is not worth more. */
const maxLessons = 8;
/** Most that is looked at together. */
const mostBytes = 16 * 1024;
/** Frames that are looked at together where the one before was not alike: what follows it may be looked at in vain. */
const fewFrames = 4;
/** Frames in a row that were not alike, after which a stream is left to the parser until more is learned. */
const maxMisses = 16;
const probe = "?";
const replacement = 0xfffd;
const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Knows again, without parsing, the frames that differ from one already read in nothing but their text: a provider repeats
 * all the rest in every chunk, and a stream is made of little else. A text counts only if it is one JSON string by itself, so
 * that what surrounds it means the same as before.
 */
export class AlikeFrames {
  #event: TextEvent | undefined;
  #before = "";
  #after = "";
  #lessons = 0;
  #misses = 0;
  /** How many bytes are looked at next: twice what was alike before. */
  #reach = 0;
  #leastReach = 0;

  /** Learns from a frame that was read as these events, if text is all it says. */
  learn({ raw, data }: ServerSentEvent, events: readonly ChatEvent[]): void {
    const event = events.at(-1);
    if (data === undefined || event === undefined || this.#lessons === maxLessons) return;
    if (event.type !== "text" && event.type !== "reasoning") return;
    const frame = utf8.decode(raw);
    const value = JSON.stringify(event.text);
    const [before, after, ...more] = frame.split(value);
    if (before === undefined || after === undefined || more.length > 0 || /[\r\uFFFD]/.test(frame)) return;
    this.#lessons += 1;
    if (!saysOnly(data.replace(value, `"${probe}"`), event)) return;
    this.#event = event;
    this.#before = `${before}"`;
    this.#after = `"${after}`;
    this.#misses = 0;
    this.#leastReach = this.#reach = Math.min(fewFrames * raw.length, mostBytes);
  }

  /** The run of such frames that begins at `from`, or the first part of a long one. */
  read(bytes: Uint8Array, from: number): AlikeRun | undefined {
    if (this.#event === undefined || from === bytes.length) return undefined;
    const isAll = from === 0 && bytes.length <= this.#reach;
    const window = isAll ? bytes : bytes.subarray(from, from + this.#reach);
    const frames = utf8.decode(window);
    let text = "";
    let end = 0;
    let count = 0;
    while (frames.startsWith(this.#before, end)) {
      const start = end + this.#before.length;
      const textEnd = endOfString(frames, start);
      if (!frames.startsWith(this.#after, textEnd)) break;
      const said = stringValue(frames.slice(start, textEnd));
      if (said === undefined) break;
      text += said;
      if (said !== "") count += 1;
      end = textEnd + this.#after.length;
    }
    if (end === 0) return this.#miss();
    const length = frames.length === window.length ? end : encoder.encode(frames.slice(0, end)).length;
    this.#misses = 0;
    this.#reach = Math.min(Math.max(2 * length, this.#leastReach), mostBytes);
    return { end: from + length, event: { ...this.#event, text, ...(count > 1 ? { frames: count } : {}) } };
  }

  #miss(): undefined {
    this.#reach = this.#leastReach;
    this.#misses += 1;
    if (this.#misses === maxMisses) this.#event = undefined;
  }
}

/** Whether a chunk says one text of this kind, the probe, and nothing else that would have to be remembered. */
function saysOnly(data: string, { type, choice }: TextEvent): boolean {
  const chunk = parseObject(data);
  const events = chunk === undefined ? [] : new ChunkReader("").read(chunk).filter((event) => event.type !== "start");
  const [event] = events;
  return events.length === 1 && event?.type === type && event.choice === choice && event.text === probe;
}

/** Where the JSON string whose text begins at `from` ends: at its quote, or where it cannot be one, or its bytes are not known. */
function endOfString(frames: string, from: number): number {
  let at = from;
  for (; at < frames.length; at += 1) {
    const code = frames.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22 || code < 0x20 || code === replacement) break;
  }
  return at;
}

/** What a JSON string says, given what stands between its quotes; undefined when an escape is none. */
function stringValue(literal: string): string | undefined {
  if (!literal.includes("\\")) return literal;
  try {
    const value: unknown = JSON.parse(`"${literal}"`);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
