import type { CallableTool, ChatRequest, HostedTool, Tool } from "#core/chat/request.ts";

/** How a reference to a tool that was loaded reads where a protocol has no part of that kind. */
const loadedTool = /^Loaded tool (.+)$/gm;

/**
 * The request with only those deferred tools that the conversation has loaded, shown like any other; with all of them
 * when nothing is left that could load one. `leftOut` are the provider's own tools that do not go along.
 */
export function showDeferredTools(chat: ChatRequest, leftOut: readonly HostedTool[]): ChatRequest {
  const callable = chat.tools.filter((tool): tool is CallableTool => tool.kind !== "hosted");
  if (!callable.some(({ deferred }) => deferred === true)) return chat;
  const cannotLoad =
    callable.every(({ deferred }) => deferred === true) || leftOut.some(({ type }) => type.startsWith("tool_search"));
  const shown = cannotLoad ? () => true : loadedBy(chat);
  const tools = chat.tools.flatMap((tool): Tool[] => {
    if (tool.kind === "hosted" || tool.deferred !== true) return [tool];
    const { deferred: _, ...rest } = tool;
    return shown(tool) ? [rest] : [];
  });
  return { ...chat, tools };
}

/** Tools that were called, are chosen, or were loaded by the result of a search for tools. */
function loadedBy({ messages, toolChoice }: ChatRequest): (tool: CallableTool) => boolean {
  const named = new Set<string>();
  if (toolChoice.type === "tool") named.add(toolChoice.name);
  if (toolChoice.type === "allowed") for (const name of toolChoice.names) named.add(name);
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type === "tool-call") named.add(part.name);
      if (part.type === "text") addLoaded(part.text, named);
      if (part.type !== "tool-result") continue;
      for (const inner of part.parts) if (inner.type === "text") addLoaded(inner.text, named);
    }
  }
  return ({ name }) => named.has(name);
}

function addLoaded(text: string, names: Set<string>): void {
  for (const [, name] of text.matchAll(loadedTool)) if (name !== undefined) names.add(name);
}
