import type { HostedTool, Tool, ToolChoice } from "#core/chat/request.ts";

/**
 * The choice of a tool that the provider runs, by the type that `tool_choice` names: a search by any of its dated names. Its path is
 * that of the tool, or the choice's own where no such tool is declared.
 */
export function hostedChoice(type: string | undefined, tools: readonly Tool[]): ToolChoice {
  return { type: "hosted", path: hostedOf(type, tools)[0]?.path ?? "tool_choice" };
}

/** The tools run by the provider among those that a choice allows, by their types; nothing where none are declared. */
export function allowedHosted(
  types: readonly (string | undefined)[],
  tools: readonly Tool[],
): { readonly hosted?: readonly string[] } {
  if (tools.every(({ kind }) => kind !== "hosted")) return {};
  const allowed = types.flatMap((type) => hostedOf(type, tools));
  return { hosted: [...new Set(allowed.map(({ path }) => path))] };
}

/** Hosted tools of this very type, else searches of any date where it is one. */
function hostedOf(type: string | undefined, tools: readonly Tool[]): readonly HostedTool[] {
  const hosted = tools.filter((tool): tool is HostedTool => tool.kind === "hosted");
  const same = hosted.filter((tool) => tool.type === type);
  if (same.length > 0 || !isSearch(type)) return same;
  return hosted.filter((tool) => isSearch(tool.type));
}

function isSearch(type: string | undefined): boolean {
  return type?.startsWith("web_search") === true;
}
