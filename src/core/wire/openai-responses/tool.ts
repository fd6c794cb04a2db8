import type { AllowedChoice, CallableTool, HostedTool, Tool, ToolChoice, WebSearch } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { allowedHosted, hostedChoice } from "#core/wire/hosted-choice.ts";
import { decodeTypedTool } from "#core/wire/openai-responses/typed-tool.ts";
import { refuseField } from "#core/wire/request-fields.ts";
import { decodeWebSearch, noteContextSize } from "#core/wire/web-search.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Tools in the order of their declaration, those of namespaces one by one. Throws `invalid_request` with the path. */
export function decodeTools(value: unknown, path: string, asked: AskedFeatures): Tool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refuseField(path, "must be a list");
  return value.flatMap((entry: unknown, index) => {
    const tool = recordOf(entry);
    if (tool === undefined) throw refuseField(`${path}[${index}]`, "must be an object");
    return decodeTool(tool, `${path}[${index}]`, undefined, asked);
  });
}

function decodeTool(tool: Fields, path: string, namespace: string | undefined, asked: AskedFeatures): Tool[] {
  if (tool["type"] === "namespace") return decodeNamespace(tool, path, asked);
  const callable = decodeCallable(tool, path, asked) ?? decodeTypedTool(tool);
  if (callable === undefined) return [decodeHosted(tool, path, asked)];
  asked.add("tools", "tools");
  if (tool["defer_loading"] === true) asked.add("deferred_tools", `${path}.defer_loading`);
  const deferred = tool["defer_loading"] === true ? { deferred: true } : {};
  return [{ ...callable, ...(namespace === undefined ? {} : { namespace }), ...deferred }];
}

function decodeNamespace(tool: Fields, path: string, asked: AskedFeatures): Tool[] {
  asked.add("tool_namespaces", path);
  const namespace = textOf(tool["name"]);
  return listOf(tool["tools"]).flatMap((entry, index) => {
    const inner = recordOf(entry);
    return inner === undefined ? [] : decodeTool(inner, `${path}.tools[${index}]`, namespace, asked);
  });
}

function decodeCallable(tool: Fields, path: string, asked: AskedFeatures): CallableTool | undefined {
  if (tool["type"] !== "function" && tool["type"] !== "custom") return undefined;
  const name = textOf(tool["name"]);
  if (name === undefined) throw refuseField(`${path}.name`, "must be a non-empty string");
  const description = textOf(tool["description"]);
  const described = { name, ...(description === undefined ? {} : { description }) };
  if (tool["type"] === "custom") {
    asked.add("custom_tools", path);
    return { kind: "custom", ...described, ...grammarOf(tool["format"]) };
  }
  const parameters = recordOf(tool["parameters"]);
  const strict = tool["strict"];
  if (strict === true) asked.add("tool_strict", `${path}.strict`);
  return {
    kind: "function",
    ...described,
    ...(parameters === undefined ? {} : { parameters }),
    ...(typeof strict === "boolean" ? { strict } : {}),
  };
}

function grammarOf(value: unknown): Pick<CallableTool, "grammar"> {
  const format = recordOf(value);
  const definition = textOf(format?.["definition"]);
  if (definition === undefined) return {};
  return { grammar: { syntax: textOf(format?.["syntax"]) ?? "lark", definition } };
}

function decodeHosted(tool: Fields, path: string, asked: AskedFeatures): HostedTool {
  const type = textOf(tool["type"]) ?? "";
  const webSearch = /^web_search/.test(type) ? webSearchOf(tool) : undefined;
  if (webSearch !== undefined) noteContextSize(tool, path, asked);
  if (webSearch !== undefined) asked.add("web_search", path);
  else asked.add(type === "mcp" ? "mcp_servers" : "hosted_tools", path);
  return { kind: "hosted", type, path, ...(webSearch === undefined ? {} : { webSearch }) };
}

/** A search that may not touch the network is not what others understand by it. */
function webSearchOf(tool: Fields): WebSearch | undefined {
  if (tool["external_web_access"] === false) return undefined;
  return decodeWebSearch(recordOf(tool["filters"]), tool["user_location"]);
}

/** Which tool the model may or must call. */
export function decodeToolChoice(value: unknown, tools: readonly Tool[], asked: AskedFeatures): ToolChoice {
  const choice = toolChoiceOf(value, tools);
  if (choice.type === "allowed") asked.add("allowed_tools", "tool_choice");
  else if (choice.type !== "auto") asked.add("tool_choice", "tool_choice");
  return choice;
}

function toolChoiceOf(value: unknown, tools: readonly Tool[]): ToolChoice {
  if (value === undefined || value === null || value === "auto") return { type: "auto" };
  if (value === "none" || value === "required") return { type: value };
  const choice = recordOf(value);
  if (choice === undefined) throw refuseField("tool_choice", "must be a string or an object");
  const name = textOf(choice["name"]);
  const namespace = textOf(choice["namespace"]);
  switch (choice["type"]) {
    case "function":
    case "custom":
      if (name === undefined) throw refuseField("tool_choice.name", "must be a non-empty string");
      return { type: "tool", name, ...(namespace === undefined ? {} : { namespace }) };
    case "allowed_tools":
      return { type: "allowed", required: choice["mode"] === "required", ...allowedTools(choice["tools"], tools) };
    case "local_shell":
    case "shell":
    case "apply_patch":
      return { type: "tool", name: choice["type"] };
    default:
      return hostedChoice(textOf(choice["type"]), tools);
  }
}

function allowedTools(allowed: unknown, tools: readonly Tool[]): Pick<AllowedChoice, "names" | "hosted"> {
  const entries = listOf(allowed).map((entry) => recordOf(entry) ?? {});
  const nameOf = (tool: Fields): string | undefined => {
    const type = textOf(tool["type"]) ?? "";
    return textOf(tool["name"]) ?? (/^(local_shell|shell|apply_patch)$/.test(type) ? type : undefined);
  };
  const unnamed = entries.filter((tool) => nameOf(tool) === undefined);
  return {
    names: entries.flatMap((tool) => nameOf(tool) ?? []),
    ...allowedHosted(
      unnamed.map(({ type }) => textOf(type)),
      tools,
    ),
  };
}
