import type { ChatRequest, HostedTool, Tool } from "#core/chat/request.ts";
import { type Bench, isCarried, treatmentOf } from "#core/translation/judge.ts";
import { cannotCarry } from "#core/translation/notes.ts";

/** The tools that reach the provider, and the types of those of the caller's provider that do not. */
export interface SiftedTools {
  readonly chat: ChatRequest;
  readonly leftOut: readonly HostedTool[];
}

/**
 * Leaves out and notes tools that only the provider of the caller's protocol runs. Throws `unsupported_value` when such a
 * tool is forced or there is no other. One that the choice does not allow goes without a word: few protocols can forbid it.
 */
export function siftHostedTools(asked: ChatRequest, bench: Bench): SiftedTools {
  const chat = withoutForbidden(asked);
  const leftOut = chat.tools.filter((tool): tool is HostedTool => tool.kind === "hosted" && !isKept(tool, bench));
  const [first] = leftOut;
  const { toolChoice } = chat;
  const gone = new Set<Tool>(leftOut);
  const tools = first === undefined ? chat.tools : chat.tools.filter((tool) => !gone.has(tool));
  if (toolChoice.type === "hosted" && !tools.some((tool) => tool.kind === "hosted" && tool.path === toolChoice.path)) {
    throw cannotCarry(toolChoice.path, bench.protocol, "it is forced");
  }
  if (first === undefined) return { chat, leftOut };
  if (tools.length === 0 && toolChoice.type !== "none") {
    throw cannotCarry(first.path, bench.protocol, `there is no tool beside ${first.type}`);
  }
  for (const { path } of leftOut) bench.notes.note(path);
  return { chat: { ...chat, tools }, leftOut };
}

function withoutForbidden(chat: ChatRequest): ChatRequest {
  const { tools, toolChoice } = chat;
  if (toolChoice.type !== "allowed" || toolChoice.hosted === undefined) return chat;
  const allowed = new Set(toolChoice.hosted);
  return { ...chat, tools: tools.filter((tool) => tool.kind !== "hosted" || allowed.has(tool.path)) };
}

function isKept({ webSearch }: HostedTool, bench: Bench): boolean {
  const feature = webSearch === undefined ? "hosted_tools" : "web_search";
  return isCarried(treatmentOf(feature, bench));
}
