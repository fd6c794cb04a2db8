import { type CallOptions, postJson } from "./client.ts";

/** How callers of one family ask, and where they look in a refusal. */
export interface FamilyOfCallers {
  readonly name: "openai" | "anthropic" | "gemini";
  /** A call of one short sentence, whole or streamed; the answer of at most `maxTokens`. */
  ask(url: string, options?: AskOptions): Promise<Response>;
  /** What a refusal is called: OpenAI's `type/code`, Anthropic's `type`, Google's `code STATUS`. */
  refusal(body: unknown): string;
  /** The body of a refusal that ended a stream, out of its text. */
  lastOf(streamText: string): unknown;
}

/** What one call adds. */
export interface AskOptions extends CallOptions {
  readonly model?: string;
  readonly key?: string;
  readonly streamed?: boolean;
  readonly text?: string;
  readonly maxTokens?: number;
}

type Fields = Readonly<Record<string, unknown>>;

const headersWith = (name: string, { key, headers }: AskOptions, before = ""): CallOptions["headers"] => ({
  ...headers,
  ...(key === undefined ? {} : { [name]: before + key }),
});

const openai: FamilyOfCallers = {
  name: "openai",
  ask(url, options = {}) {
    const { model = "test-model", streamed = false, text = "Hello", maxTokens, signal } = options;
    const body = {
      model,
      messages: [{ role: "user", content: text }],
      ...(streamed ? { stream: true } : {}),
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    };
    return postJson(`${url}/v1/chat/completions`, body, {
      headers: headersWith("authorization", options, "Bearer ") ?? {},
      ...(signal === undefined ? {} : { signal }),
    });
  },
  refusal(body) {
    const { type, code } = errorIn(body);
    return `${type}/${code}`;
  },
  lastOf: (text) => dataOf(text).at(-1),
};

const anthropic: FamilyOfCallers = {
  name: "anthropic",
  ask(url, options = {}) {
    const { model = "test-model", streamed = false, text = "Hello", maxTokens = 100, signal } = options;
    const messages = [{ role: "user", content: text }];
    const body = { model, max_tokens: maxTokens, messages, ...(streamed ? { stream: true } : {}) };
    return postJson(`${url}/v1/messages`, body, {
      headers: headersWith("x-api-key", options) ?? {},
      ...(signal === undefined ? {} : { signal }),
    });
  },
  refusal: (body) => String(errorIn(body)["type"]),
  lastOf: (text) => dataOf(text).at(-1),
};

const gemini: FamilyOfCallers = {
  name: "gemini",
  ask(url, options = {}) {
    const { model = "test-model", streamed = false, text = "Hello", maxTokens, signal } = options;
    const method = streamed ? "streamGenerateContent?alt=sse" : "generateContent";
    const body = {
      contents: [{ role: "user", parts: [{ text }] }],
      ...(maxTokens === undefined ? {} : { generationConfig: { maxOutputTokens: maxTokens } }),
    };
    return postJson(`${url}/v1beta/models/${model}:${method}`, body, {
      headers: headersWith("x-goog-api-key", options) ?? {},
      ...(signal === undefined ? {} : { signal }),
    });
  },
  refusal(body) {
    const { code, status } = errorIn(body);
    return `${code} ${status}`;
  },
  lastOf: (text) => dataOf(text).at(-1),
};

/** OpenAI's, Anthropic's and Google's. */
export const threeFamilies: readonly FamilyOfCallers[] = [openai, anthropic, gemini];

function errorIn(body: unknown): Fields {
  const { error } = body as { readonly error?: Fields };
  if (error === undefined) throw new Error(`No error in ${JSON.stringify(body)}`);
  return error;
}

function dataOf(text: string): unknown[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)));
}
