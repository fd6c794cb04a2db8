import type { ChatRequest, Message, Part, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import { recordOf } from "#core/wire/json-value.ts";

/** How long an agent may go round. */
export interface ToolLoopLimits {
  /** Most turns with calls since the user last said something; undefined without a limit. */
  readonly maxIterations?: number | undefined;
  /** Whether the same calls with the same results in three turns in a row are refused. */
  readonly duplicateDetection: boolean;
}

const repetitions = 3;

/**
 * Throws `invalid_request` when the conversation is an agent that goes round in circles: too many turns with calls since
 * the user last spoke, or the same calls with the same results three turns in a row.
 */
export function checkToolLoop(request: ChatRequest, limits: ToolLoopLimits): void {
  const { maxIterations } = limits;
  if (maxIterations === undefined && !limits.duplicateDetection) return;
  const turns = turnsWithCalls(request.messages);
  if (maxIterations !== undefined && turns.length > maxIterations) {
    const words = `${turns.length} turns with tool calls since the user last spoke, more than the limit of ${maxIterations}`;
    throw new GatewayError("invalid_request", `The agent is going round: ${words}.`, {
      details: { rule: "max_iterations", iterations: turns.length, max_iterations: maxIterations },
    });
  }
  if (!limits.duplicateDetection || turns.length < repetitions) return;
  const results = resultsByCall(request.messages);
  const last = turns.slice(-repetitions).map((calls) => signature(calls, results));
  const [first] = last;
  if (first === undefined || last.some((turn) => turn !== first)) return;
  const tool = turns.at(-1)?.[0]?.name ?? "";
  throw new GatewayError(
    "invalid_request",
    `The agent is going round: the same call of ${JSON.stringify(tool)} gave the same result ${repetitions} times in a row.`,
    { details: { rule: "duplicate_detection", tool, repetitions } },
  );
}

/** The calls of each assistant turn since the user last spoke; a turn may be written as several messages. */
function turnsWithCalls(messages: readonly Message[]): readonly (readonly ToolCallPart[])[] {
  const turns: ToolCallPart[][] = [];
  let inTurn = false;
  for (const [index, message] of messages.entries()) {
    if (message.role === "user" && isSpoken(message, messages[index - 1])) turns.length = 0;
    const calls = message.role === "assistant" ? message.parts.filter(isCall) : [];
    if (calls.length > 0 && inTurn) turns.at(-1)?.push(...calls);
    else if (calls.length > 0) turns.push(calls);
    inTurn = message.role === "assistant" && (inTurn || calls.length > 0);
  }
  return turns;
}

/** Whether a person speaks: agents put reminders and pictures of results into messages of the user, too. */
function isSpoken({ parts }: Message, before: Message | undefined): boolean {
  return parts.some((part) => {
    if (part.type === "text") return part.text.trim() !== "" && !part.text.trimStart().startsWith("<system-reminder>");
    return part.type === "media" && before?.role !== "tool";
  });
}

function resultsByCall(messages: readonly Message[]): ReadonlyMap<string, ToolResultPart> {
  const results = new Map<string, ToolResultPart>();
  for (const { parts } of messages) {
    for (const part of parts) if (part.type === "tool-result") results.set(part.callId, part);
  }
  return results;
}

function signature(calls: readonly ToolCallPart[], results: ReadonlyMap<string, ToolResultPart>): string {
  const said = calls.map(({ id, name, namespace, argumentsText }) => {
    const result = results.get(id);
    const answered = result?.parts.map((part) => (part.type === "text" ? part.text : part.source));
    return JSON.stringify([namespace, name, canonicalArguments(argumentsText), result?.isError, answered]);
  });
  return said.toSorted().join("\n");
}

/** Arguments in one way of writing: order of keys and white space are nothing. */
function canonicalArguments(argumentsText: string): unknown {
  try {
    return ordered(JSON.parse(argumentsText));
  } catch {
    return argumentsText;
  }
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  const fields = recordOf(value);
  if (fields === undefined) return value;
  return Object.entries(fields)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, ordered(inner)]);
}

function isCall(part: Part): part is ToolCallPart {
  return part.type === "tool-call";
}
