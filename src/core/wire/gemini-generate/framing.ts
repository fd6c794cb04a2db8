import { commentFrame } from "#core/wire/comment-frame.ts";
import { type ServerSentEvent, ServerSentEventSplitter } from "#core/wire/server-sent-events.ts";

/** How the elements of a stream stand behind one another. */
export interface Framing {
  readonly contentType: string;
  readonly heartbeat: Uint8Array;
  /** One element that more may follow. */
  element(json: string): string;
  /** The last element, if there is one, and the end of the stream. */
  last(json: string | undefined): Uint8Array;
  /** Elements in the provider's bytes, server-sent events; `over` when they are the last ones. */
  raw(frames: Uint8Array, over: boolean): Uint8Array;
  comment(line: string): Uint8Array;
}

const encoder = new TextEncoder();
const nothing = new Uint8Array();

/** Server-sent events (`alt=sse`), or one JSON array. */
export function framingOf(jsonArray: boolean): Framing {
  return jsonArray ? new ArrayFraming() : eventFraming;
}

/** Every event begins with its data, since Google's SDK reads no other. */
const eventFraming: Framing = {
  contentType: "text/event-stream",
  heartbeat: commentFrame("keep-alive", "\r\n"),
  element: (json) => `data: ${json}\r\n\r\n`,
  last: (json) => (json === undefined ? nothing : encoder.encode(`data: ${json}\r\n\r\n`)),
  raw: (frames) => frames,
  comment: (line) => commentFrame(line, "\r\n"),
};

/** `[{...},\r\n{...}]`, as Gemini streams without `alt=sse`. White space is the only thing that means nothing there. */
class ArrayFraming implements Framing {
  readonly contentType = "application/json";
  readonly heartbeat: Uint8Array = encoder.encode("\n");
  readonly #splitter = new ServerSentEventSplitter();
  #begun = false;

  element(json: string): string {
    const separator = this.#begun ? ",\r\n" : "[";
    this.#begun = true;
    return separator + json;
  }

  last(json: string | undefined): Uint8Array {
    const element = json === undefined ? (this.#begun ? "" : "[") : this.element(json);
    return encoder.encode(`${element}]`);
  }

  raw(frames: Uint8Array, over: boolean): Uint8Array {
    let text = "";
    for (const { data } of this.#split(frames, over)) {
      if (data !== undefined && data !== "") text += this.element(data);
    }
    if (!over) return text === "" ? nothing : encoder.encode(text);
    return encoder.encode(`${text}${this.#begun ? "" : "["}]`);
  }

  comment(): Uint8Array {
    return nothing;
  }

  #split(bytes: Uint8Array, over: boolean): readonly ServerSentEvent[] {
    const frames: ServerSentEvent[] = [];
    this.#splitter.add(bytes);
    for (let frame = this.#splitter.next(); frame !== undefined; frame = this.#splitter.next()) frames.push(frame);
    return over ? [...frames, ...this.#splitter.end().frames] : frames;
  }
}
