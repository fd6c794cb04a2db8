import { FakeUpstream, type RecordedCall } from "../../harness/fake-upstream.ts";
import { chunk, type UpstreamScript } from "../../harness/upstream-script.ts";

/** Protocols that callers speak; the provider speaks the first alone. */
export const spoken = ["chat", "messages", "responses"] as const;

/** What a call asks of the provider, written into its text: so many words, whole or in pieces, and how long it stays silent. */
export interface Wanted {
  readonly speaks: (typeof spoken)[number];
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly isStreamed: boolean;
  /** Between the words of a stream and its end, or before a whole answer. */
  readonly silenceMs: number;
}

/** US dollars per million tokens, so that every token is a whole number of nano-dollars. */
export const price = { input: "1", output: "2" } as const;

/** What an answer to it costs, nano-dollars. */
export function costOf({ inputTokens, outputTokens }: Pick<Wanted, "inputTokens" | "outputTokens">): bigint {
  return BigInt(inputTokens) * 1_000n + BigInt(outputTokens) * 2_000n;
}

/** Where such a call goes, and its body for `test-model`; no answer is longer than its limit says. */
export function callOf(wanted: Wanted): { readonly path: string; readonly body: object } {
  const { inputTokens, outputTokens, isStreamed, silenceMs } = wanted;
  const content = `in=${inputTokens} out=${outputTokens} silent=${silenceMs}`;
  const messages = [{ role: "user", content }];
  const common = { model: "test-model", ...(isStreamed ? { stream: true } : {}) };
  switch (wanted.speaks) {
    case "chat":
      return { path: "/v1/chat/completions", body: { ...common, messages, max_tokens: outputTokens } };
    case "messages":
      return { path: "/v1/messages", body: { ...common, messages, max_tokens: outputTokens } };
    case "responses":
      return { path: "/v1/responses", body: { ...common, input: content, max_output_tokens: outputTokens } };
  }
}

/** What stands in the last event of a stream. */
export const lastEvents: Readonly<Record<Wanted["speaks"], string>> = {
  chat: "data: [DONE]\n\n",
  messages: "event: message_stop\n",
  responses: "event: response.completed\n",
};

/** A provider that answers each call as its text wants, with exact counts. */
export function paidProvider(): FakeUpstream {
  return new FakeUpstream((call) => answerTo(call));
}

/** The configuration of a gateway that asks for keys and has this provider alone. */
export function configurationFor(provider: FakeUpstream): string {
  return `[gateway.auth]
enabled = true
[provider.up]
type = openai-compatible
base_url = ${provider.url}
api_key = k
[routes]
* = up
`;
}

function answerTo(call: RecordedCall): UpstreamScript {
  const body = call.json();
  const found = /in=(\d+) out=(\d+) silent=(\d+)/.exec(JSON.stringify(body["messages"]));
  const [input = 0, output = 0, silenceMs = 0] = (found ?? []).slice(1).map(Number);
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const text = " word".repeat(output);
  if (body["stream"] !== true) {
    const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
    const whole = { id: "x", object: "chat.completion", created: 1, model: "test-model", choices, usage };
    return { headDelayMs: silenceMs, body: whole };
  }
  const half = text.length >> 1;
  const said = [text.slice(0, half), text.slice(half)].map((content) => chunk({ content }));
  const end = { ...chunk({}), choices: [], usage };
  return { intervalMs: silenceMs, events: [...said, chunk({}, "stop"), end, "[DONE]"] };
}
