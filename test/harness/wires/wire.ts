import { objectsOf } from "../scripted-answer.ts";

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** A picture, in standard base64. */
export interface Picture {
  readonly mimeType: string;
  readonly base64: string;
}

/** A function that the model may call; `schema` is JSON Schema. */
export interface Sketch {
  readonly name: string;
  readonly schema: Fields;
  readonly strict?: boolean;
}

/** What a caller asks for, in no protocol's words. */
export interface Question {
  readonly text: string;
  readonly system?: string;
  /** Stands before the text. */
  readonly picture?: Picture;
  readonly tools?: readonly Sketch[];
  /** Think hard, and show what was thought. */
  readonly thinks?: boolean;
  /** A JSON Schema that the answer is to follow. */
  readonly form?: Fields;
  readonly stop?: readonly string[];
  /** Fields in the protocol's own words. */
  readonly own?: Fields;
}

/** A call of a tool, as the caller was told. */
export interface ToldCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, or the free text of a custom tool. */
  readonly input: string;
  readonly custom?: boolean;
  readonly namespace?: string;
}

/** What the caller answers a call with. */
export interface GivenResult {
  readonly call: ToldCall;
  readonly text: string;
  readonly picture?: Picture;
  readonly failed?: boolean;
}

/** What the caller says after an answer: results of its calls, then words. */
export interface Reply {
  readonly results?: readonly GivenResult[];
  readonly text?: string;
}

/** An answer as a caller of one protocol reads it. */
export interface Answer {
  readonly text: string;
  readonly thoughts: string;
  readonly refusal: string;
  readonly calls: readonly ToldCall[];
  /** Opaque tokens beside the thoughts. */
  readonly tokens: readonly string[];
  /** Why it ended, in the protocol's own word; empty when it did not. */
  readonly end: string;
  /** Counts in the protocol's own arithmetic. */
  readonly usage: Fields | undefined;
  /** What goes back as the model's turn, exactly as it came. */
  readonly turn: readonly Fields[];
  /** The last word of a success was there. */
  readonly isWhole: boolean;
  /** The error object that a stream ended with. */
  readonly failure?: Fields;
}

/** One event of a stream. */
export interface Frame {
  readonly event: string | undefined;
  readonly data: string;
}

/** The names of the four protocols. */
export type WireName = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini-generate";

/** Something for each of the four protocols. */
export type PerWire<T> = Readonly<Record<WireName, T>>;

/** One protocol as a caller speaks it and as a provider hears it. Readers throw on what breaks the grammar. */
export interface Wire {
  readonly name: WireName;
  path(model: string, streamed: boolean): string;
  /** Where tokens are counted, and what an answer to that says; undefined where the protocol has no such call. */
  readonly count?: { path(model: string): string; tokens(answer: Fields): unknown };
  /** The body of a first request, without the model. */
  begin(question: Question): Fields;
  /** The body of the next one. */
  goOn(body: Fields, answer: Answer, reply: Reply): Fields;
  /** The body as it is sent. */
  sent(body: Fields, model: string, streamed: boolean): Fields;
  whole(body: Fields): Answer;
  streamed(frames: readonly Frame[]): Answer;
  /** The conversation that a request holds, a line for each thing said, in order. */
  story(body: Fields): string[];
}

/** The value as an object of JSON; an empty one when it is none. */
export function fieldsOf(value: unknown): Fields {
  return objectsOf([value])[0] ?? {};
}

/** Text of a field; empty when there is none. */
export function wordOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** All texts under a name in a list of objects, joined. */
export function joined(list: readonly Fields[], name: string): string {
  return list.map((item) => wordOf(item[name])).join("");
}

/** The events of a stream. Comments are left out, half a frame at the end throws. */
export function framesIn(text: string): Frame[] {
  const frames = text.replaceAll("\r\n", "\n").split("\n\n");
  if (frames.pop() !== "") throw new Error("The stream ends inside a frame.");
  return frames.flatMap((frame) => {
    const lines = frame.split("\n").filter((line) => !line.startsWith(":"));
    if (lines.length === 0) return [];
    const event = lines.find((line) => line.startsWith("event: "))?.slice("event: ".length);
    const data = lines.flatMap((line) => (line.startsWith("data: ") ? [line.slice("data: ".length)] : []));
    return [{ event, data: data.join("\n") }];
  });
}

/** The data of a frame as an object of JSON. */
export function dataIn({ data }: Frame): Fields {
  return fieldsOf(JSON.parse(data));
}

/** Throws, saying what a stream did that its grammar does not know. */
export function must(condition: boolean, broken: string): void {
  if (!condition) throw new Error(`The stream breaks its grammar: ${broken}.`);
}

/** A call as one line of a story; arguments without the white space of their writer. */
export function callLine(name: string, input: string): string {
  try {
    return `call ${name} ${JSON.stringify(JSON.parse(input))}`;
  } catch {
    return `call ${name} ${input}`;
  }
}

/** The data of a `data:` URL as a line of a story. */
export function pictureLine(url: unknown): string {
  return `picture ${wordOf(url).replace(/^data:([^;]*);base64,/, "$1 ")}`;
}

/** The JSON Schema of an object that holds nothing else. */
export function objectSchema(properties: Fields, required: readonly string[] = Object.keys(properties)): Fields {
  return { type: "object", properties, required, additionalProperties: false };
}
