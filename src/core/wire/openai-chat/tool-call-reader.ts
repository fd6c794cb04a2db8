import type { ChatEvent } from "#core/chat/event.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";

/** The calls of one choice in order of appearance, each with what the provider knows it by. */
export type CallNumbers = { readonly index: number | undefined; readonly id: string | undefined }[];

/**
 * Reads `tool_calls` entries. Our numbers count from 0 without gaps. Providers differ: some count from 1, some leave the
 * index or the id out, some give every parallel call the index 0; a new id together with a name is a new call.
 */
export function readToolCalls(
  entries: readonly unknown[],
  choice: number,
  calls: CallNumbers,
  whole: boolean,
  events: ChatEvent[],
): void {
  entries.forEach((entry, position) => {
    const fields = recordOf(entry);
    if (fields === undefined) return;
    const called = recordOf(fields["function"]);
    if (called === undefined && fields["type"] !== undefined && fields["type"] !== "function") {
      events.push({ type: "opaque" });
      return;
    }
    const id = textOf(fields["id"]);
    const name = textOf(called?.["name"]);
    const index = whole ? position : typeof fields["index"] === "number" ? fields["index"] : undefined;
    let call = findCall(calls, index, id, name);
    if (call < 0) {
      call = calls.push({ index, id }) - 1;
      events.push({ type: "tool-call", choice, call, id: id ?? "", name: name ?? "" });
    }
    const text = argumentsText(called?.["arguments"]);
    if (text !== undefined) events.push({ type: "tool-arguments", choice, call, text });
  });
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
