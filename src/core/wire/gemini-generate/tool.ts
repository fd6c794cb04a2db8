import type { Tool, ToolChoice, WebSearch } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { camelCase, type GeminiFields } from "#core/wire/gemini-generate/fields.ts";
import { jsonSchemaOf } from "#core/wire/gemini-generate/schema.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

const searches: ReadonlySet<string> = new Set(["googleSearch", "googleSearchRetrieval", "enterpriseWebSearch"]);
const declarationFields: ReadonlySet<string> = new Set([
  "name",
  "description",
  "parameters",
  "parametersJsonSchema",
  "behavior",
]);

/** The tools of a request: functions, and what Google runs itself. An entry of the list may hold several. */
export function decodeTools(body: GeminiFields, asked: AskedFeatures): readonly Tool[] {
  const tools = body
    .list("tools")
    .flatMap((entry) => [
      ...entry.list("functionDeclarations").map((declaration) => decodeFunction(declaration, asked)),
      ...decodeHosted(entry, asked),
    ]);
  if (tools.some(({ kind }) => kind === "function")) asked.add("tools", body.path("tools"));
  return tools;
}

function decodeFunction(declaration: GeminiFields, asked: AskedFeatures): Tool {
  const name = declaration.text("name");
  if (name === undefined) throw refuseField(declaration.path("name"), "must be a non-empty string");
  asked.unknownFields.push(...declaration.beside(declarationFields));
  if (declaration.value("behavior") === "NON_BLOCKING") asked.unknownFields.push(declaration.path("behavior"));
  const description = declaration.text("description");
  const schema = recordOf(declaration.value("parametersJsonSchema") ?? declaration.value("parameters"));
  return {
    kind: "function",
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { parameters: jsonSchemaOf(schema) }),
  };
}

function decodeHosted(entry: GeminiFields, asked: AskedFeatures): readonly Tool[] {
  return Object.keys(entry.record).flatMap((written): Tool[] => {
    const type = camelCase(written);
    const settings = entry.value(type);
    if (type === "functionDeclarations" || settings === undefined) return [];
    const path = entry.path(type);
    const search = searches.has(type) ? decodeSearch(entry, type) : undefined;
    if (search !== undefined) asked.add("web_search", path);
    else asked.add(type === "mcpServers" ? "mcp_servers" : "hosted_tools", path);
    return [{ kind: "hosted", type, path, ...(search === undefined ? {} : { webSearch: search }) }];
  });
}

function decodeSearch(entry: GeminiFields, type: string): WebSearch {
  const excluded = recordOf(entry.value(type)) === undefined ? undefined : entry.fields(type)?.value("excludeDomains");
  const blockedDomains = listOf(excluded).filter((domain) => typeof domain === "string");
  return blockedDomains.length === 0 ? {} : { blockedDomains };
}

/** Whether and which functions may be called, by `toolConfig`. */
export function decodeToolChoice(body: GeminiFields, asked: AskedFeatures): ToolChoice {
  const settings = body.fields("toolConfig");
  const calling = settings?.fields("functionCallingConfig");
  if (settings !== undefined) asked.unknownFields.push(...settings.beside(new Set(["functionCallingConfig"])));
  if (calling === undefined) return { type: "auto" };
  const choice = choiceOf(calling, asked);
  if (choice.type === "allowed") asked.add("allowed_tools", calling.path("allowedFunctionNames"));
  else if (choice.type !== "auto") asked.add("tool_choice", calling.path("mode"));
  return choice;
}

function choiceOf(calling: GeminiFields, asked: AskedFeatures): ToolChoice {
  const names = calling.values("allowedFunctionNames").filter((name) => typeof name === "string");
  const [only] = names;
  switch (calling.text("mode")?.toUpperCase()) {
    case "NONE":
      return { type: "none" };
    case "ANY":
      if (only === undefined) return { type: "required" };
      return names.length === 1 ? { type: "tool", name: only } : { type: "allowed", required: true, names };
    case "VALIDATED":
      asked.unknownFields.push(calling.path("mode"));
      return only === undefined ? { type: "auto" } : { type: "allowed", required: false, names };
    default:
      return only === undefined ? { type: "auto" } : { type: "allowed", required: false, names };
  }
}
