/** How a stream came to its end, as a reader of it sees. */
export type StreamEnd = "cleanly" | "with an error" | "not at all";

/** What a checker says of a whole stream: the first rule that it breaks, and how it ended. */
export interface StreamVerdict {
  readonly broken: string | undefined;
  readonly end: StreamEnd;
}

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** One event of a stream, comments left out. */
export interface StreamFrame {
  readonly event: string | undefined;
  readonly data: string;
}

/** Thrown by a checker at the first rule that a stream breaks. */
export class BrokenRule extends Error {}

/** Throws `BrokenRule` unless it holds. */
export function rule(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BrokenRule(what);
}

/** The verdict of a checker that throws at the first broken rule. */
export function verdictOf(check: () => StreamEnd): StreamVerdict {
  try {
    return { broken: undefined, end: check() };
  } catch (thrown) {
    if (!(thrown instanceof BrokenRule || thrown instanceof SyntaxError)) throw thrown;
    return { broken: thrown.message, end: "not at all" };
  }
}

/**
 * The events of a stream, as strict as the strictest client: every frame is an optional `event` line and one `data` line,
 * or a comment, and ends in a blank line.
 */
export function framesOf(stream: string, lineEnd: "\n" | "\r\n"): StreamFrame[] {
  if (stream === "") return [];
  const blank = lineEnd + lineEnd;
  rule(stream.endsWith(blank), "it ends within a frame");
  return stream
    .slice(0, -blank.length)
    .split(blank)
    .flatMap((frame) => {
      rule(!/[\r\n]/.test(frame.replaceAll(lineEnd, "")), "a line ends in another way");
      const lines = frame.split(lineEnd);
      if (lines.length === 1 && frame.startsWith(": ")) return [];
      const event = lines[0]?.startsWith("event: ") === true ? lines[0].slice("event: ".length) : undefined;
      const [data = "", ...more] = lines.slice(event === undefined ? 0 : 1);
      rule(data.startsWith("data: ") && more.length === 0, `it is no frame: ${frame}`);
      return [{ event, data: data.slice("data: ".length) }];
    });
}

/** The value as an object. Throws `BrokenRule` for everything else. */
export function objectOf(value: unknown, what: string): Fields {
  rule(typeof value === "object" && value !== null && !Array.isArray(value), `${what} is no object`);
  return value as Fields;
}

/** The value as a list. Throws `BrokenRule` for everything else. */
export function itemsOf(value: unknown, what: string): readonly unknown[] {
  rule(Array.isArray(value), `${what} is no list`);
  return value;
}

/** The value as a text. Throws `BrokenRule` for everything else. */
export function wordsOf(value: unknown, what: string): string {
  rule(typeof value === "string", `${what} is no text`);
  return value;
}

/** Whether a value is a count. */
export function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

/** Whether two values say the same in JSON. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
