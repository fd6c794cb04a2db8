import type { HostedTool, Tool, ToolChoice } from "#core/chat/request.ts";

/**
 * The choice of a tool that the provider runs, by the type that `tool_choice` names: a search by any of its dated names. Its path is
 * that of the tool, or the choice's own where no such tool is declared.
 */
export function hostedChoice(type: string | undefined, tools: readonly Tool[]): ToolChoice {
  const hosted = tools.filter((tool): tool is HostedTool => tool.kind === "hosted");
  const same = hosted.find((tool) => tool.type === type);
  const search = /^web_search/.test(type ?? "") ? hosted.find((tool) => /^web_search/.test(tool.type)) : undefined;
  return { type: "hosted", path: (same ?? search)?.path ?? "tool_choice" };
}
