import type { ChatEvent } from "#core/chat/event.ts";
import { type AnswerBlock, foldAnswer } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";
import { anthropicErrorInAnswer } from "#core/wire/anthropic-error/read-error.ts";
import { decodeArguments } from "#core/wire/anthropic-messages/arguments.ts";
import { encodeCitation } from "#core/wire/anthropic-messages/citation.ts";
import { encodeEnding } from "#core/wire/anthropic-messages/finish.ts";
import { MessageReader } from "#core/wire/anthropic-messages/message-reader.ts";
import { encodeUsage } from "#core/wire/anthropic-messages/token-usage.ts";
import { toolUseId } from "#core/wire/anthropic-messages/tool-use-id.ts";
import type { DecodeOptions, EncodeContext } from "#core/wire/codec.ts";
import { listOf } from "#core/wire/json-value.ts";
import { answerId } from "#core/wire/made-id.ts";
import { parsedAnswer } from "#core/wire/parsed-answer.ts";

/**
 * A `message` body as events. Throws the error that the body holds, or `upstream_bad_response` when it is cut, no JSON (a
 * login page) or no message.
 */
export function decodeWholeMessage(body: Uint8Array, { requestId }: DecodeOptions): ChatEvent[] {
  const message = parsedAnswer(body, anthropicErrorInAnswer);
  if (message === undefined || !Array.isArray(message["content"])) {
    throw new GatewayError("upstream_bad_response", "The provider's answer is not a message.");
  }
  const { usage, ...head } = message;
  const reader = new MessageReader(requestId);
  const events = reader.read({ type: "message_start", message: head });
  listOf(message["content"]).forEach((block, index) => {
    events.push(...reader.read({ type: "content_block_start", index, content_block: block }));
    events.push(...reader.read({ type: "content_block_stop", index }));
  });
  return [
    ...events,
    ...reader.read({ type: "message_delta", delta: message, usage }),
    ...reader.read({ type: "message_stop" }),
  ];
}

const encoder = new TextEncoder();

/** A `message` body from the events of one answer. Throws the error of an `error` event, or of an answer that ended in one. */
export function encodeWholeMessage(events: readonly ChatEvent[], context: EncodeContext): Uint8Array {
  const answer = foldAnswer(events);
  const choice = answer.choices.find((alternative) => alternative.choice === 0);
  const blocks = withoutLastTokens(choice?.blocks ?? []);
  if (choice?.finish?.reason === "error") {
    throw new GatewayError("upstream_error", "The provider ended its answer with an error.");
  }
  let calls = 0;
  const content = blocks.flatMap((block) => {
    if (block.type === "tool-call") calls += 1;
    return encodeBlock(block, context.requestId, calls - 1);
  });
  const refused = blocks.some((block) => block.type === "refusal" && block.text !== "");
  return encoder.encode(
    JSON.stringify({
      id: answerId("msg_", answer.id, context.requestId),
      type: "message",
      role: "assistant",
      model: context.model,
      content,
      ...encodeEnding(choice?.finish, calls > 0, refused),
      usage: encodeUsage(answer.usage ?? {}),
    }),
  );
}

type Block = Readonly<Record<string, unknown>>;

/** Clients take the last block for the answer: a token behind its text would hide it. */
function withoutLastTokens(blocks: readonly AnswerBlock[]): readonly AnswerBlock[] {
  const last = blocks.findLastIndex((block) => block.type === "tool-call" || block.text !== "");
  const type = blocks[last]?.type;
  return type === "text" || type === "refusal" ? blocks.slice(0, last + 1) : blocks;
}

function encodeBlock(block: AnswerBlock, requestId: string, call: number): Block[] {
  switch (block.type) {
    case "text": {
      const citations = block.citations.map(encodeCitation);
      if (block.text === "") return [];
      return [{ type: "text", text: block.text, ...(citations.length === 0 ? {} : { citations }) }];
    }
    case "refusal":
      return block.text === "" ? [] : [{ type: "text", text: block.text }];
    case "reasoning":
      return encodeThinking(block.text, block.token);
    case "tool-call": {
      const { argumentsText, form, name } = block;
      const input = form === "custom" ? { input: argumentsText } : decodeArguments(argumentsText).input;
      return [{ type: "tool_use", id: toolUseId(block.id, requestId, call), name, input }];
    }
  }
}

function encodeThinking(text: string, token: { kind: string; data: string } | undefined): Block[] {
  const hidden = token?.kind === "redacted" ? [{ type: "redacted_thinking", data: token.data }] : [];
  const signature = token === undefined || token.kind === "redacted" ? "" : token.data;
  return text === "" && signature === "" ? hidden : [{ type: "thinking", thinking: text, signature }, ...hidden];
}
