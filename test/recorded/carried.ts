import type { FinishReason } from "#core/chat/event.ts";
import { type AnswerBlock, type FoldedAnswer, saidAs } from "#core/chat/fold.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { Codec, EncodeContext } from "#core/wire/codec.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import type { ChatProtocol } from "./exchanges.ts";

/** What must survive when an answer is written in another protocol. */
export interface Carried {
  /** What was said, a refusal's words included. */
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly finish: string | undefined;
  readonly usage: Readonly<Record<"input" | "cached" | "output" | "reasoning", number>> | undefined;
}

/** The first choice of an answer, as far as every protocol can say it. */
export function carriedOf({ choices, usage }: FoldedAnswer): Carried {
  const choice = choices.find((one) => one.choice === 0) ?? { choice: 0, blocks: [] };
  const calls = choice.blocks.flatMap((block) => (block.type === "tool-call" ? [callOf(block)] : []));
  return {
    text: saidAs("text", choice) + saidAs("refusal", choice),
    calls,
    finish: choice.finish === undefined ? undefined : finishOf(choice.finish.reason, calls.length > 0),
    usage: usage === undefined ? undefined : countsOf(usage),
  };
}

function callOf({ name, argumentsText }: Extract<AnswerBlock, { type: "tool-call" }>): Carried["calls"][number] {
  return { name, input: inputOf(argumentsText) };
}

/** Arguments as a value, since objects are written anew; where only objects go, other text stands in a field of its own. */
export function inputOf(argumentsText: string): unknown {
  if (argumentsText === "") return {};
  try {
    const value: unknown = JSON.parse(argumentsText);
    const fields = Object.entries(value ?? {});
    const [name, text] = fields.length === 1 ? (fields[0] ?? []) : [];
    return name === "_raw" || name === "input" ? text : value;
  } catch {
    return argumentsText;
  }
}

/** Ends that some protocol has one word for are one; a turn with calls that ended well is a call for tools. */
function finishOf(reason: FinishReason, calls: boolean): string {
  switch (reason) {
    case "stop":
    case "paused":
    case "other":
    case "tool_calls":
      return calls ? "tool_calls" : "stop";
    case "length":
    case "context_full":
      return "length";
    case "content_filter":
    case "refusal":
      return "refused";
    case "error":
      return "error";
  }
}

function countsOf({ inputTokens, cachedTokens, outputTokens, reasoningTokens }: Usage): Carried["usage"] {
  return {
    input: inputTokens ?? 0,
    cached: cachedTokens ?? 0,
    output: outputTokens ?? 0,
    reasoning: reasoningTokens ?? 0,
  };
}

const callers: Readonly<Record<ChatProtocol, object>> = {
  "openai-chat": { model: "m", messages: [{ role: "user", content: "Hello" }] },
  "openai-responses": { model: "m", input: "Hello" },
  "anthropic-messages": { model: "m", max_tokens: 1_000, messages: [{ role: "user", content: "Hello" }] },
  "gemini-generate": { contents: [{ role: "user", parts: [{ text: "Hello" }] }] },
};

/** A caller of this protocol that said hello and wants usage in its stream. */
export function callerOf(codec: Codec, protocol: ChatProtocol): EncodeContext {
  const body = decodeJsonBody(new TextEncoder().encode(JSON.stringify(callers[protocol])));
  const address = protocol === "gemini-generate" ? { model: "m", stream: true } : {};
  return {
    model: "m",
    requestId: "req_recorded",
    createdSeconds: 1_700_000_000,
    nowSeconds: () => 1_700_000_000,
    streamUsage: true,
    embeddingEncoding: "float",
    request: codec.decodeRequest(body, address),
    body,
    address,
  };
}
