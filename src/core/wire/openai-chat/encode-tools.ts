import type { CallableTool, ChatRequest, ToolChoice } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { refuseValue } from "#core/wire/request-fields.ts";
import { isStrictSchema } from "#core/wire/strict-schema.ts";
import { describedWithExamples } from "#core/wire/tool-description.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Tools, choice and search of a request. Without tools OpenAI refuses every word about them. */
export function encodeTools(request: ChatRequest, target: EncodeTarget): Fields {
  const { lacks, customTools } = target.dialect;
  const { toolChoice, parallelToolCalls } = request;
  const callable = request.tools.filter((tool) => tool.kind !== "hosted");
  const search = encodeSearch(request, target);
  // A server without the choice of some is shown only those.
  const some = toolChoice.type === "allowed" && !customTools ? new Set(toolChoice.names) : undefined;
  if (some !== undefined) target.note("allowed_tools");
  const tools = some === undefined ? callable : callable.filter((tool) => some.has(tool.name));
  if (tools.length === 0) return search;
  const choice = lacks.includes("tool_choice") ? undefined : encodeToolChoice(toolChoice, tools, some !== undefined);
  return {
    tools: tools.map((tool) => encodeTool(tool, target)),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
    ...search,
  };
}

function encodeTool(tool: CallableTool, target: EncodeTarget): Fields {
  const { name, kind, parameters, grammar } = tool;
  const description = describedWithExamples(tool);
  const described = { name, ...(description === undefined ? {} : { description }) };
  if (kind === "custom") {
    const format = grammar === undefined ? {} : { format: { type: "grammar", grammar } };
    return { type: "custom", custom: { ...described, ...format } };
  }
  const declared = { ...described, ...(parameters === undefined ? {} : { parameters }) };
  return { type: "function", function: { ...declared, ...strictOf(tool, target) } };
}

/** `strict` is said only where OpenAI would accept it for the schema; optional parameters stay optional. */
function strictOf({ strict, parameters }: CallableTool, target: EncodeTarget): Fields {
  if (strict === undefined) return {};
  const fits = !strict || (parameters !== undefined && isStrictSchema(parameters));
  if (!fits || (strict && !target.dialect.strictTools)) target.note("tool_strict");
  return target.dialect.strictTools ? { strict: strict && fits } : {};
}

function encodeToolChoice(choice: ToolChoice, tools: readonly CallableTool[], filtered: boolean): unknown {
  switch (choice.type) {
    case "auto":
    case "hosted":
      return undefined;
    case "none":
    case "required":
      return choice.type;
    case "tool":
      return named(choice.name, customNames(tools));
    case "allowed": {
      const mode = choice.required ? "required" : "auto";
      if (filtered) return choice.required ? mode : undefined;
      const custom = customNames(tools);
      return {
        type: "allowed_tools",
        allowed_tools: { mode, tools: choice.names.map((name) => named(name, custom)) },
      };
    }
  }
}

function customNames(tools: readonly CallableTool[]): ReadonlySet<string> {
  return new Set(tools.filter(({ kind }) => kind === "custom").map(({ name }) => name));
}

function named(name: string, custom: ReadonlySet<string>): Fields {
  return custom.has(name) ? { type: "custom", custom: { name } } : { type: "function", function: { name } };
}

/**
 * OpenAI searches only with its search models; a caller who wrote the very field knows what it asks. Throws
 * `unsupported_value` when a model that cannot search is asked for nothing else.
 */
function encodeSearch({ tools, toolChoice }: ChatRequest, target: EncodeTarget): Fields {
  const tool = tools.find((known) => known.kind === "hosted");
  if (tool?.webSearch === undefined) return {};
  const { location, allowedDomains, blockedDomains, maxUses } = tool.webSearch;
  const searches = tool.path === "web_search_options" || /search/.test(target.model);
  const isAlone = toolChoice.type !== "none" && tools.every(({ kind }) => kind === "hosted");
  if (!searches && (isAlone || toolChoice.type === "hosted")) {
    throw refuseValue(tool.path, "asks for a search, and this model has none");
  }
  const narrowed = allowedDomains ?? blockedDomains ?? maxUses;
  if (!searches || narrowed !== undefined) target.note("web_search");
  if (!searches) return {};
  const place = location === undefined ? {} : { user_location: { type: "approximate", approximate: location } };
  return { web_search_options: place };
}
