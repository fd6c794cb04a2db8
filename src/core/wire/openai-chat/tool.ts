import type { Tool, ToolChoice } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { allowedHosted, hostedChoice } from "#core/wire/hosted-choice.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";
import { decodeWebSearch, noteContextSize } from "#core/wire/web-search.ts";

type Fields = Readonly<Record<string, unknown>>;

const searchField = "web_search_options";

/** What the model may use: `tools`, the deprecated `functions`, and the search of `web_search_options`. */
export function decodeTools(value: Fields, asked: AskedFeatures): readonly Tool[] {
  const tools = [
    ...listed(value["tools"], "tools").map((tool, index) => decodeTool(tool, `tools[${index}]`, asked)),
    ...listed(value["functions"], "functions").map((declared, index) =>
      decodeCallable("function", declared, `functions[${index}]`, asked),
    ),
  ];
  if (tools.some((tool) => tool.kind !== "hosted")) asked.add("tools", "tools");
  const search = recordOf(value[searchField]);
  if (search === undefined) return tools;
  asked.add("web_search", searchField);
  noteContextSize(search, searchField, asked);
  const webSearch = decodeWebSearch(undefined, recordOf(search["user_location"])?.["approximate"]);
  return [...tools, { kind: "hosted", type: "web_search", path: searchField, webSearch }];
}

/** Which tool the model may or must call; `auto` for forms that only the provider knows. */
export function decodeToolChoice(value: Fields, tools: readonly Tool[], asked: AskedFeatures): ToolChoice {
  const field = (value["tool_choice"] ?? undefined) === undefined ? "function_call" : "tool_choice";
  const chosen = value[field];
  const choice = typeof chosen === "string" ? namedChoice(chosen) : choiceOf(recordOf(chosen), tools);
  if (choice.type === "allowed") asked.add("allowed_tools", field);
  else if (choice.type !== "auto") asked.add("tool_choice", field);
  return choice;
}

function listed(value: unknown, field: string): readonly Fields[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refuseField(field, "must be a list");
  return value.map((entry: unknown, index) => {
    const fields = recordOf(entry);
    if (fields === undefined) throw refuseField(`${field}[${index}]`, "must be an object");
    return fields;
  });
}

function decodeTool(tool: Fields, path: string, asked: AskedFeatures): Tool {
  const custom = recordOf(tool["custom"]);
  if (custom !== undefined) {
    asked.add("custom_tools", path);
    return decodeCallable("custom", custom, path, asked);
  }
  const declared = recordOf(tool["function"]);
  if (declared !== undefined) return decodeCallable("function", declared, `${path}.function`, asked);
  const type = textOf(tool["type"]) ?? "";
  const search = /^web_search(?:_preview)?(?:_\d|$)/.test(type);
  asked.add(search ? "web_search" : "hosted_tools", path);
  return { kind: "hosted", type, path, ...(search ? { webSearch: {} } : {}) };
}

function decodeCallable(kind: "function" | "custom", declared: Fields, path: string, asked: AskedFeatures): Tool {
  const description = textOf(declared["description"]);
  const parameters = recordOf(declared["parameters"]);
  const strict = declared["strict"];
  const grammar = grammarOf(recordOf(declared["format"]));
  if (strict === true) asked.add("tool_strict", `${path}.strict`);
  return {
    kind,
    name: textOf(declared["name"]) ?? "",
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(typeof strict === "boolean" ? { strict } : {}),
    ...(grammar === undefined ? {} : { grammar }),
  };
}

function grammarOf(format: Fields | undefined): { syntax: string; definition: string } | undefined {
  const grammar = recordOf(format?.["grammar"]);
  const definition = textOf(grammar?.["definition"]);
  return definition === undefined ? undefined : { syntax: textOf(grammar?.["syntax"]) ?? "lark", definition };
}

function namedChoice(word: string): ToolChoice {
  if (word === "none") return { type: "none" };
  // Mistral says `any`.
  return word === "required" || word === "any" ? { type: "required" } : { type: "auto" };
}

function choiceOf(choice: Fields | undefined, tools: readonly Tool[]): ToolChoice {
  if (choice === undefined) return { type: "auto" };
  const allowed = recordOf(choice["allowed_tools"]);
  if (allowed !== undefined) {
    const entries = listOf(allowed["tools"]).map((tool) => recordOf(tool) ?? {});
    const names = entries.flatMap((tool) => calledName(tool) ?? []);
    const types = entries.filter((tool) => calledName(tool) === undefined).map(({ type }) => textOf(type));
    // This search stands beside the tools, and no choice narrows it.
    if (tools.some((tool) => tool.kind === "hosted" && tool.path === searchField)) types.push("web_search");
    return { type: "allowed", required: allowed["mode"] === "required", names, ...allowedHosted(types, tools) };
  }
  const name = calledName(choice);
  if (name !== undefined) return { type: "tool", name };
  const type = textOf(choice["type"]);
  return type === undefined || type === "auto" ? { type: "auto" } : hostedChoice(type, tools);
}

/** `function_call` names the function itself. */
function calledName(fields: Fields): string | undefined {
  return textOf((recordOf(fields["function"]) ?? recordOf(fields["custom"]) ?? fields)["name"]);
}
