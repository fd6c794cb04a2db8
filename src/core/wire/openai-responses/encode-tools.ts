import type { CallableTool, ChatRequest, HostedTool, ToolChoice } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { takesTyped } from "#core/wire/openai-responses/typed-tool.ts";
import { isStrictSchema } from "#core/wire/strict-schema.ts";
import { describedWithExamples } from "#core/wire/tool-description.ts";

type Fields = Readonly<Record<string, unknown>>;

/** `tools`, `tool_choice` and `parallel_tool_calls`; nothing without tools, which the service refuses. */
export function encodeTools(request: ChatRequest, target: EncodeTarget): Fields {
  const tools = encodeDeclarations(request, target);
  if (tools.length === 0) return {};
  const { toolChoice, parallelToolCalls } = request;
  const silent = toolChoice.type === "auto" || target.dialect.lacks.includes("tool_choice");
  return {
    tools,
    ...(silent ? {} : { tool_choice: encodeChoice(toolChoice, request, target) }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}

/** In order of declaration; a namespace stands where its first tool does. */
function encodeDeclarations({ tools }: ChatRequest, target: EncodeTarget): Fields[] {
  const encoded: Fields[] = [];
  const namespaces = new Map<string, Fields[]>();
  for (const tool of tools) {
    if (tool.kind === "hosted") {
      const search = encodeWebSearch(tool, target);
      if (search !== undefined) encoded.push(search);
      continue;
    }
    const declared = encodeCallable(tool, target);
    const group = tool.namespace === undefined ? encoded : namespaces.get(tool.namespace);
    if (group !== undefined) {
      group.push(declared);
      continue;
    }
    const name = tool.namespace ?? "";
    const inner = [declared];
    namespaces.set(name, inner);
    encoded.push({ type: "namespace", name, description: name, tools: inner });
  }
  return encoded;
}

function encodeCallable(tool: CallableTool, target: EncodeTarget): Fields {
  if (tool.typed !== undefined && takesTyped(tool.typed, target)) return { type: tool.typed };
  const description = describedWithExamples(tool);
  const described = { name: tool.name, ...(description === undefined ? {} : { description }) };
  if (tool.kind === "custom") {
    const format = tool.grammar === undefined ? {} : { format: { type: "grammar", ...tool.grammar } };
    return { type: "custom", ...described, ...format };
  }
  const parameters = tool.parameters ?? { type: "object", properties: {} };
  const strict = tool.strict === true && isStrictSchema(parameters);
  if (tool.strict === true && !(strict && target.dialect.strictTools)) target.note("tool_strict");
  // Left out it means true to the service: optional parameters would become required.
  return { type: "function", ...described, parameters, ...(target.dialect.strictTools ? { strict } : {}) };
}

function encodeWebSearch({ path, webSearch }: HostedTool, target: EncodeTarget): Fields | undefined {
  if (webSearch === undefined) return undefined;
  const { allowedDomains, blockedDomains, maxUses, location } = webSearch;
  if (maxUses !== undefined) target.note(`${path}.max_uses`);
  const filters = {
    ...(allowedDomains === undefined ? {} : { allowed_domains: allowedDomains }),
    ...(blockedDomains === undefined ? {} : { blocked_domains: blockedDomains }),
  };
  return {
    type: "web_search",
    ...(Object.keys(filters).length === 0 ? {} : { filters }),
    ...(location === undefined ? {} : { user_location: { type: "approximate", ...location } }),
  };
}

function encodeChoice(
  choice: Exclude<ToolChoice, { type: "auto" }>,
  { tools }: ChatRequest,
  target: EncodeTarget,
): unknown {
  switch (choice.type) {
    case "none":
    case "required":
      return choice.type;
    case "tool": {
      const { name, namespace } = choice;
      return { ...namedChoice(name, byName(tools), target), ...(namespace === undefined ? {} : { namespace }) };
    }
    case "allowed": {
      const known = byName(tools);
      return {
        type: "allowed_tools",
        mode: choice.required ? "required" : "auto",
        tools: [
          ...choice.names.map((name) => namedChoice(name, known, target)),
          ...(tools.some((tool) => tool.kind === "hosted" && tool.webSearch !== undefined)
            ? [{ type: "web_search" }]
            : []),
        ],
      };
    }
    case "hosted":
      return { type: "web_search" };
  }
}

/** The first tool of each name. */
function byName(tools: ChatRequest["tools"]): ReadonlyMap<string, CallableTool> {
  const callable = tools.filter((tool) => tool.kind !== "hosted");
  return new Map(callable.toReversed().map((tool) => [tool.name, tool]));
}

function namedChoice(name: string, tools: ReadonlyMap<string, CallableTool>, target: EncodeTarget): Fields {
  const tool = tools.get(name);
  if (tool?.typed !== undefined && takesTyped(tool.typed, target)) return { type: tool.typed };
  return { type: tool?.kind ?? "function", name };
}
