import type { ChatEvent } from "#core/chat/event.ts";
import { recordOf } from "#core/wire/json-value.ts";

const fence = "```";
const opening = /^```[a-z]*\s/i;

/**
 * A whole answer that could be asked for as a JSON object in words alone: without the code fence that models put around
 * one. What is no object all the same passes as it is, and `field` is named among what was lost. Choices with calls go on.
 */
export function asJsonObject(events: readonly ChatEvent[], field: string): readonly ChatEvent[] {
  const texts = textsOf(events);
  const bare = new Map<number, string>();
  let isLost = false;
  for (const [choice, text] of texts) {
    if (isObject(text)) continue;
    const inside = insideFence(text.trim());
    if (inside !== undefined && isObject(inside)) bare.set(choice, inside);
    else isLost = true;
  }
  const told = bare.size === 0 ? events : withTexts(events, bare);
  return isLost ? [{ type: "opaque", what: field }, ...told] : told;
}

/** What stands in a code fence that is all of the text; looked for without a pattern that long runs of lines could slow down. */
function insideFence(text: string): string | undefined {
  const start = opening.exec(text)?.[0].length;
  return start !== undefined && text.endsWith(fence) ? text.slice(start, -fence.length).trim() : undefined;
}

/** The text of every choice that says something and calls nothing. */
function textsOf(events: readonly ChatEvent[]): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  for (const event of events) {
    if (event.type === "text") texts.set(event.choice, (texts.get(event.choice) ?? "") + event.text);
  }
  for (const event of events) if (event.type === "tool-call") texts.delete(event.choice);
  return texts;
}

/** With these texts, each in the place of its choice's first; of another text neither places nor chances are known. */
function withTexts(events: readonly ChatEvent[], texts: ReadonlyMap<number, string>): readonly ChatEvent[] {
  const told = new Set<number>();
  return events.flatMap((event): readonly ChatEvent[] => {
    if (!("choice" in event)) return [event];
    const text = texts.get(event.choice);
    if (text === undefined) return [event];
    switch (event.type) {
      case "text": {
        if (told.has(event.choice)) return [];
        told.add(event.choice);
        return [{ ...event, text }];
      }
      case "citation": {
        const { start: _, end: __, ...citation } = event.citation;
        return [{ ...event, citation }];
      }
      case "logprobs":
        return [];
      default:
        return [event];
    }
  });
}

function isObject(text: string): boolean {
  try {
    return recordOf(JSON.parse(text)) !== undefined;
  } catch {
    return false;
  }
}
