/** What a fake upstream answers to one request. Everything is optional: the default is a short chat completion. */
export interface UpstreamScript {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Silence before the head; `Infinity` never answers. */
  readonly headDelayMs?: number;
  /** A whole body: text and bytes as they are, anything else as JSON. */
  readonly body?: unknown;
  /** An SSE body instead: each one a `data:` event, text as it is, anything else as JSON. */
  readonly events?: readonly unknown[];
  /** Begin each event with an `event:` line that holds its `type`. */
  readonly named?: boolean;
  /** What ends the lines of an SSE body; a line feed alone when left out. */
  readonly lineEnd?: "\r\n";
  /** An SSE body in chunks of so many bytes, across events, lines and characters; an event each when left out. */
  readonly pieceBytes?: number;
  /** Silence before each event, or piece. */
  readonly intervalMs?: number;
  /** After the body or the last event: end the message, close without ending it, or stay silent for ever. */
  readonly end?: "clean" | "cut" | "hang";
  /** These bytes instead of everything above, then the connection closes. */
  readonly raw?: string | Uint8Array;
}

/** An OpenAI chat completion with this text and usage of 7 tokens in, 3 out. */
export function completion(text = "Hello there!", model = "test-model"): UpstreamScript {
  return {
    body: {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_700_000_000,
      model,
      choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    },
  };
}

/** One `chat.completion.chunk` with this delta. */
export function chunk(delta: object, finish: string | null = null, model = "test-model"): object {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model, choices };
}

/** A streamed completion, one event a word, with the usage event OpenAI sends when `include_usage` is set, and `[DONE]`. */
export function stream(words: readonly string[] = ["Hello", " there", "!"], model = "test-model"): UpstreamScript {
  const usage = { prompt_tokens: 7, completion_tokens: words.length, total_tokens: 7 + words.length };
  return {
    events: [
      chunk({ role: "assistant", content: "" }, null, model),
      ...words.map((word) => chunk({ content: word }, null, model)),
      chunk({}, "stop", model),
      { ...chunk({}, null, model), choices: [], usage },
      "[DONE]",
    ],
  };
}

/** A provider's refusal in OpenAI's envelope. */
export function failure(
  status: number,
  message = "No.",
  headers: Readonly<Record<string, string>> = {},
): UpstreamScript {
  return { status, headers, body: { error: { message, type: "test_error", param: null, code: null } } };
}

/** The same answer cut off: a whole body in the middle, a stream after so many events, or after half of them. */
export function cutOff(script: UpstreamScript, events: number = (script.events?.length ?? 0) >> 1): UpstreamScript {
  return {
    ...script,
    ...(script.events === undefined ? {} : { events: script.events.slice(0, events) }),
    end: "cut",
  };
}

/** A body as bytes, with the content type it implies. */
export function bodyBytes(body: unknown): Buffer {
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(JSON.stringify(body));
}
