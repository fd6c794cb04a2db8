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
/** Looked at together; bounds what is looked at again after a frame that was not alike. */
const windowBytes = 16 * 1024;
const probe = "?";
const replacement = 0xfffd;
const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Knows again, without parsing, the frames that differ from one already read in nothing but their text: a provider repeats
 * all the rest in every chunk, and a stream is made of little else. A text counts only if it holds no quote, escape or
 * control character, so that what surrounds it means the same as before.
 */
export class AlikeFrames {
  #event: TextEvent | undefined;
  #before = "";
  #after = "";
  #lessons = 0;

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
  }

  /** The run of such frames that begins at `from`, or the first part of a long one. */
  read(bytes: Uint8Array, from: number): AlikeRun | undefined {
    if (this.#event === undefined || from === bytes.length) return undefined;
    const window = from === 0 && bytes.length <= windowBytes ? bytes : bytes.subarray(from, from + windowBytes);
    const frames = utf8.decode(window);
    let text = "";
    let end = 0;
    while (frames.startsWith(this.#before, end)) {
      const start = end + this.#before.length;
      const textEnd = plainTextEnd(frames, start);
      if (!frames.startsWith(this.#after, textEnd)) break;
      text += frames.slice(start, textEnd);
      end = textEnd + this.#after.length;
    }
    if (end === 0) return undefined;
    const length = frames.length === window.length ? end : encoder.encode(frames.slice(0, end)).length;
    return { end: from + length, event: { ...this.#event, text } };
  }
}

/** Whether a chunk says one text of this kind, the probe, and nothing else that would have to be remembered. */
function saysOnly(data: string, { type, choice }: TextEvent): boolean {
  const chunk = parseObject(data);
  const events = chunk === undefined ? [] : new ChunkReader().read(chunk).filter((event) => event.type !== "start");
  const [event] = events;
  return events.length === 1 && event?.type === type && event.choice === choice && event.text === probe;
}

/** Where the text that begins at `from` ends: at the first character that means something, or whose bytes are not known. */
function plainTextEnd(frames: string, from: number): number {
  let at = from;
  for (; at < frames.length; at += 1) {
    const code = frames.charCodeAt(at);
    if (code === 0x22 || code === 0x5c || code < 0x20 || code === replacement) break;
  }
  return at;
}
