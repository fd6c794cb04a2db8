import type { CallableTool, HostedTool, Tool, ToolChoice } from "#core/chat/request.ts";
import { cacheOf } from "#core/wire/anthropic-messages/cache-control.ts";
import { clientToolOf } from "#core/wire/anthropic-messages/client-tools.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";
import { decodeWebSearch } from "#core/wire/web-search.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The tools of a request. Claude Code's placeholder, which stands for tools that are not there, is none. */
export function decodeTools(value: unknown, asked: AskedFeatures): Tool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refuseField("tools", "must be a list");
  return value.flatMap((entry: unknown, index) => {
    const path = `tools[${index}]`;
    const tool = recordOf(entry);
    if (tool === undefined) throw refuseField(path, "must be an object");
    if (tool["name"] === "DeferredToolPlaceholder" && tool["defer_loading"] === true) return [];
    return [decodeTool(tool, path, asked)];
  });
}

/** Tools that a system message in the conversation defines, for the calls from there on. */
export function decodeAddedTools(messages: unknown, asked: AskedFeatures): Tool[] {
  return listOf(messages).flatMap((message, index) =>
    listOf(recordOf(message)?.["content"]).flatMap((entry, at) => {
      const block = recordOf(entry);
      const definition = recordOf(recordOf(block?.["tool"])?.["definition"]);
      if (block?.["type"] !== "tool_addition" || definition === undefined) return [];
      return [decodeTool(definition, `messages[${index}].content[${at}].tool.definition`, asked)];
    }),
  );
}

function decodeTool(tool: Fields, path: string, asked: AskedFeatures): Tool {
  const type = textOf(tool["type"]);
  if (type === undefined || type === "custom") {
    const description = textOf(tool["description"]);
    const parameters = recordOf(tool["input_schema"]);
    return {
      ...callable(tool, path, asked),
      name: textOf(tool["name"]) ?? "",
      ...(description === undefined ? {} : { description }),
      ...(parameters === undefined ? {} : { parameters }),
    };
  }
  const known = clientToolOf(type);
  if (known === undefined) return decodeHosted(tool, type, path, asked);
  const { description, parameters } = known;
  return {
    ...callable(tool, path, asked),
    name: textOf(tool["name"]) ?? known.name,
    description,
    parameters,
    typed: type,
  };
}

function callable(tool: Fields, path: string, asked: AskedFeatures): Omit<CallableTool, "name"> {
  const strict = tool["strict"] === true;
  const deferred = tool["defer_loading"] === true;
  const examples = listOf(tool["input_examples"]);
  asked.add("tools", "tools");
  // Elsewhere the model alone calls tools, never code that it wrote.
  if (listOf(tool["allowed_callers"]).some((caller) => caller !== "direct")) {
    asked.unknownFields.push(`${path}.allowed_callers`);
  }
  if (strict) asked.add("tool_strict", `${path}.strict`);
  if (deferred) asked.add("deferred_tools", `${path}.defer_loading`);
  if (examples.length > 0) asked.add("tool_examples", `${path}.input_examples`);
  return {
    kind: "function",
    ...(strict ? { strict } : {}),
    ...(deferred ? { deferred } : {}),
    ...(examples.length === 0 ? {} : { examples }),
    ...cacheOf(tool, path, asked),
  };
}

function decodeHosted(tool: Fields, type: string, path: string, asked: AskedFeatures): HostedTool {
  if (!type.startsWith("web_search_")) {
    asked.add(type === "mcp_toolset" ? "mcp_servers" : "hosted_tools", path);
    return { kind: "hosted", type, path };
  }
  asked.add("web_search", path);
  const maxUses = tool["max_uses"];
  const webSearch = decodeWebSearch(tool, tool["user_location"]);
  return {
    kind: "hosted",
    type,
    path,
    webSearch: { ...webSearch, ...(typeof maxUses === "number" ? { maxUses } : {}) },
  };
}

/** Which tool the model may or must call, and whether it may make several calls at once. */
export function decodeToolChoice(
  value: unknown,
  tools: unknown,
  asked: AskedFeatures,
): { readonly toolChoice: ToolChoice; readonly parallelToolCalls?: boolean } {
  const choice = recordOf(value);
  if (choice === undefined) return { toolChoice: { type: "auto" } };
  const single = choice["disable_parallel_tool_use"] === true;
  if (single) asked.add("parallel_tool_calls", "tool_choice.disable_parallel_tool_use");
  const toolChoice = choiceOf(choice, tools);
  if (toolChoice.type !== "auto") asked.add("tool_choice", "tool_choice");
  return { toolChoice, ...(single ? { parallelToolCalls: false } : {}) };
}

function choiceOf(choice: Fields, tools: unknown): ToolChoice {
  switch (choice["type"]) {
    case "any":
      return { type: "required" };
    case "none":
      return { type: "none" };
    case "tool": {
      const name = textOf(choice["name"]);
      if (name === undefined) throw refuseField("tool_choice.name", "must be a non-empty string");
      const hosted = hostedIndex(name, tools);
      return hosted < 0 ? { type: "tool", name } : { type: "hosted", path: `tools[${hosted}]` };
    }
    default:
      return { type: "auto" };
  }
}

function hostedIndex(name: string, tools: unknown): number {
  return listOf(tools).findIndex((entry) => {
    const tool = recordOf(entry);
    const type = textOf(tool?.["type"]);
    return tool?.["name"] === name && type !== undefined && type !== "custom" && clientToolOf(type) === undefined;
  });
}
