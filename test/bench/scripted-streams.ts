import type { ScriptedAnswer } from "../harness/scripted-answer.ts";
import type { UpstreamScript } from "../harness/upstream-script.ts";
import { type WireName, wires } from "./four-wires.ts";

/** The word that an answer begins with, and that stands nowhere else in it. */
export const firstWord = "Firstly";

const words =
  'and the model says one word after another as models do: a line of code, a "quoted" name, a café, then\na new line, '.split(
    /(?<=\s)/,
  );

/** An answer of so many words, each an event of its stream; some need escapes and some are not ASCII, as in life. */
export function textAnswer(count: number): ScriptedAnswer {
  const rest = Array.from({ length: count - 1 }, (_, index) => words[index % words.length] ?? "");
  return { text: [`${firstWord} `, ...rest].join("") };
}

/** A call whose arguments come in about so many pieces of five characters. */
export function callAnswer(count: number): ScriptedAnswer {
  const content = words
    .join("")
    .repeat(count)
    .slice(0, count * 5 - 40);
  return { calls: [{ id: "call_write1", name: "write_file", input: JSON.stringify({ path: "notes.md", content }) }] };
}

/** The frames of a streamed answer in a provider's own words. */
export function framesOf(name: WireName, answer: ScriptedAnswer): Uint8Array[] {
  const script = wires[name].speech.stream(answer);
  return (script.events ?? []).map((event) => Buffer.from(frameText(event, script)));
}

/** A whole answer in a provider's own words. */
export function bodyOf(name: WireName, answer: ScriptedAnswer): string {
  return JSON.stringify(wires[name].speech.whole(answer).body);
}

function frameText(event: unknown, { named = false, lineEnd = undefined }: UpstreamScript): string {
  const end = lineEnd ?? "\n";
  const data = `data: ${typeof event === "string" ? event : JSON.stringify(event)}${end}${end}`;
  const type = typeof event === "object" && event !== null && "type" in event ? String(event.type) : "";
  return named ? `event: ${type}${end}${data}` : data;
}
