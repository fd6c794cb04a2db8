import type { ChatEvent } from "#core/chat/event.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";

/** The calls of one choice in order of appearance, each with what the provider knows it by. */
export type CallNumbers = { readonly index: number | undefined; readonly id: string | undefined }[];

type Fields = Readonly<Record<string, unknown>>;

/** Where the calls of an entry belong. */
export interface CallPlace {
  readonly choice: number;
  readonly calls: CallNumbers;
  /** Whether the entries are those of a whole answer, each a call of its own. */
  readonly whole: boolean;
  /** An id for a call that the provider left without one. */
  readonly makeId: () => string;
}

/**
 * Reads `tool_calls` entries. Our numbers count from 0 without gaps. Providers differ: some count from 1, some leave the
 * index or the id out, some give every parallel call the index 0; a new id together with a name is a new call.
 */
export function readToolCalls(entries: readonly unknown[], place: CallPlace, events: ChatEvent[]): void {
  entries.forEach((entry, position) => {
    const fields = recordOf(entry);
    if (fields !== undefined) readToolCall(fields, position, place, events);
  });
}

function readToolCall(fields: Fields, position: number, place: CallPlace, events: ChatEvent[]): void {
  const custom = recordOf(fields["custom"]);
  const called = recordOf(fields["function"]) ?? custom;
  const kind = fields["type"];
  if (called === undefined && typeof kind === "string" && kind !== "function" && kind !== "custom") {
    events.push({ type: "opaque", what: `tool call of type ${kind}` });
    return;
  }
  const id = textOf(fields["id"]);
  const name = textOf(called?.["name"]);
  const index = place.whole ? position : typeof fields["index"] === "number" ? fields["index"] : undefined;
  let call = findCall(place.calls, index, id, name);
  if (call < 0) {
    call = place.calls.push({ index, id }) - 1;
    const form = custom === undefined ? {} : { form: "custom" as const };
    events.push({
      type: "tool-call",
      choice: place.choice,
      call,
      id: id ?? place.makeId(),
      name: name ?? "",
      ...form,
    });
  }
  const text = argumentsText(called?.["arguments"] ?? custom?.["input"]);
  if (text !== undefined) events.push({ type: "tool-arguments", choice: place.choice, call, text });
}

function findCall(
  calls: CallNumbers,
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
): number {
  const call = index === undefined ? calls.length - 1 : calls.findLastIndex((known) => known.index === index);
  const known = calls[call];
  if (known === undefined) return -1;
  const startsAnother = id !== undefined && known.id !== id && name !== undefined;
  return startsAnother ? -1 : call;
}

/** Some servers write the arguments as an object instead of as text. */
function argumentsText(value: unknown): string | undefined {
  return recordOf(value) === undefined ? textOf(value) : JSON.stringify(value);
}
