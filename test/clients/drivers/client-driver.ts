/** What a client makes of an answer, in words that all clients share. */
export interface Told {
  readonly text: string;
  /** Pieces of text that arrived one by one; 1 when the answer came whole. */
  readonly pieces: number;
  /** Output tokens with reasoning, and input tokens with those read from a cache, as far as the client tells. */
  readonly usage?: { readonly input: number | undefined; readonly output: number | undefined };
}

/** A question to a model. */
export interface Question {
  readonly model: string;
  readonly text: string;
  readonly streamed: boolean;
}

/** Runs the tool `weather` and gives its result. */
export type Weather = (city: string) => string;

/** A client library pointed at one address, reduced to what all of them can do. It never tries again by itself. */
export interface ClientDriver {
  /** Asks once, without tools. */
  ask(question: Question): Promise<Told>;
  /** Asks with the tool `weather`, and works as long as the model calls it. */
  work(question: Question, weather: Weather): Promise<Told>;
  /** Whether the error is what the client documents for too many requests. */
  isRateLimit(error: unknown): boolean;
}

/** A client library, before it is pointed anywhere. `origin` is an address without a path. */
export type ClientMaker = (origin: string, key: string) => ClientDriver;

/** The tool `weather` as every client is told of it. */
export const weatherTool = {
  name: "weather",
  description: "Weather of a city",
  schema: {
    type: "object",
    properties: { city: { type: "string" }, unit: { type: "string" } },
    required: ["city"],
  },
} as const;

/** The city of the arguments of a call, as object or JSON text. */
export function cityOf(input: unknown): string {
  const value: unknown = typeof input === "string" ? JSON.parse(input) : input;
  return String((value as { city?: unknown }).city);
}
