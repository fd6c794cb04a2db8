import { recordOf } from "#core/wire/json-value.ts";
import type { Frame } from "#core/wire/openai-responses/responses.test-data.ts";

/** What is open while a stream is checked. */
interface Open {
  readonly id: unknown;
  readonly index: number;
  part: unknown;
  /** Deltas so far of the part, or of the arguments. */
  said: string;
  /** Whether they were told to be over. */
  told: boolean;
}

/**
 * The first thing that breaks the grammar of a response's stream (OpenAI API reference, "Streaming events"), or undefined: numbers
 * without gaps, items one after the other and in full, every part opened, filled and closed, the final output as it was done.
 */
export function brokenRule(frames: readonly Frame[]): string | undefined {
  const gap = frames.findIndex(({ sequence_number: number }, index) => number !== index);
  if (gap >= 0) return `number ${gap} is missing`;
  const [first, second, ...rest] = frames;
  if (first?.type !== "response.created" || second?.type !== "response.in_progress") return "it does not begin";
  const last = rest.pop();
  if (last === undefined || !/^response\.(completed|incomplete|failed)$/.test(last.type)) return "it does not end";
  const checker = new ItemChecker();
  for (const frame of rest) {
    if (frame.type === "error") continue;
    const broken = checker.check(frame);
    if (broken !== undefined) return `${frame.sequence_number} ${frame.type}: ${broken}`;
  }
  const failed = last.type === "response.failed";
  if (checker.open !== undefined && !failed) return "an item is still open";
  const response = recordOf(last["response"]) ?? {};
  if (JSON.stringify(response["output"]) !== JSON.stringify(checker.done)) return "the output is not what was done";
  return `response.${String(response["status"])}` === last.type ? undefined : "the status is not that of the event";
}

class ItemChecker {
  open: Open | undefined;
  readonly done: unknown[] = [];

  check(frame: Frame): string | undefined {
    const { type } = frame;
    if (type === "response.output_item.added") return this.#added(frame);
    const open = this.open;
    if (open === undefined || frame["output_index"] !== open.index) return "it belongs to no open item";
    if (type === "response.output_item.done") return this.#done(frame, open);
    if (frame["item_id"] !== open.id) return "its id is not that of the item";
    if (/part\.added$/.test(type)) {
      if (open.part !== undefined) return "a part is open already";
      open.part = frame["content_index"] ?? frame["summary_index"];
      open.said = "";
      open.told = false;
      return undefined;
    }
    if (/(text|refusal)/.test(type) && (frame["content_index"] ?? frame["summary_index"]) !== open.part) {
      return "it belongs to no open part";
    }
    if (/part\.done$/.test(type)) {
      if (open.part === undefined) return "no part is open";
      open.part = undefined;
      return open.told ? undefined : "its text was not told to be over";
    }
    return checkText(frame, open);
  }

  #added(frame: Frame): string | undefined {
    if (this.open !== undefined) return "another item is open";
    const index = this.done.length;
    this.open = { id: itemOf(frame)["id"], index, part: undefined, said: "", told: false };
    return frame["output_index"] === index ? undefined : "its place is not the next";
  }

  #done(frame: Frame, open: Open): string | undefined {
    if (open.part !== undefined) return "a part is open";
    const { id, type } = itemOf(frame);
    if (id !== open.id) return "its id is another";
    if (/^(function|custom_tool)_call$/.test(String(type)) && !open.told)
      return "its arguments were not told to be over";
    this.done.push(frame["item"]);
    this.open = undefined;
    return undefined;
  }
}

function checkText(frame: Frame, open: Open): string | undefined {
  if (frame.type.endsWith(".delta")) open.said += String(frame["delta"]);
  if (!frame.type.endsWith(".done")) return undefined;
  if (open.told) return "it was told before";
  open.told = true;
  const whole = frame["text"] ?? frame["refusal"] ?? frame["arguments"] ?? frame["input"];
  return whole === open.said ? undefined : "it is not what the deltas said";
}

function itemOf(frame: Frame): Readonly<Record<string, unknown>> {
  return recordOf(frame["item"]) ?? {};
}
