import type { ChatEvent } from "#core/chat/event.ts";
import { parseObject, recordOf, textOf } from "#core/wire/json-value.ts";
import { ServerSentEventSplitter } from "#core/wire/server-sent-events.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Response objects that are over and may be gone on from. */
const endings: ReadonlySet<string> = new Set(["completed", "incomplete"]);

/** Picks the final response object out of what is sent to a caller of Responses, without looking at anything else. */
export class StoredResponseTap {
  #response: Fields | undefined;

  /** The final response; undefined while it was not sent, and when it failed. */
  get response(): Fields | undefined {
    return this.#response;
  }

  /** A whole body. */
  body(bytes: Uint8Array): void {
    this.#take(parseObject(bytes));
  }

  /** What was sent of a stream for a piece of the answer: whole frames, whoever wrote them. */
  piece(events: readonly ChatEvent[], bytes: Uint8Array): void {
    if (!events.some((event) => event.type === "end")) return;
    const splitter = new ServerSentEventSplitter();
    splitter.add(bytes);
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) this.#frame(frame.data);
    this.#frame(splitter.end().half?.data);
  }

  #frame(data: string | undefined): void {
    // A frame of text is not parsed again: only the last ones hold a response.
    if (data?.includes('"response"') === true) this.#take(recordOf(parseObject(data)?.["response"]));
  }

  #take(response: Fields | undefined): void {
    if (response === undefined || textOf(response["id"]) === undefined) return;
    if (endings.has(textOf(response["status"]) ?? "")) this.#response = response;
  }
}
