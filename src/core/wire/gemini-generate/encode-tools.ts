import type { CallableTool, ChatRequest } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { describedWithExamples } from "#core/wire/tool-description.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The tools of a request, Gemini's way. Schemas go as JSON Schema, which `parameters` would refuse in parts. Throws `unsupported_value`. */
export function encodeTools({ tools, toolChoice }: ChatRequest, target: EncodeTarget): readonly Fields[] {
  const functions = tools.filter((tool) => tool.kind !== "hosted");
  const search = tools.find((tool) => tool.kind === "hosted" && tool.webSearch !== undefined);
  if (functions.length > 0) {
    // Gemini refuses its own search beside functions, or wants a conversation that no other protocol can hold.
    if (search?.kind === "hosted" && toolChoice.type === "hosted") {
      throw new GatewayError(
        "unsupported_value",
        `'${search.path}' is forced, and Gemini has no search beside functions.`,
        {
          details: { field: search.path },
        },
      );
    }
    if (search !== undefined) target.note("web_search");
    return [{ functionDeclarations: functions.map(encodeFunction) }];
  }
  if (search?.kind !== "hosted" || search.webSearch === undefined) return [];
  if (Object.keys(search.webSearch).length > 0) target.note("web_search");
  return [{ googleSearch: {} }];
}

function encodeFunction(tool: CallableTool): Fields {
  const { name, parameters } = tool;
  const description = describedWithExamples(tool);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parametersJsonSchema: parameters }),
  };
}

/** Gemini's `toolConfig`; undefined when there is nothing to choose from or the choice is free. */
export function encodeToolConfig({ tools, toolChoice }: ChatRequest): Fields | undefined {
  if (!tools.some((tool) => tool.kind !== "hosted")) return undefined;
  const calling = (mode: string, names?: readonly string[]): Fields => ({
    functionCallingConfig: { mode, ...(names === undefined ? {} : { allowedFunctionNames: names }) },
  });
  switch (toolChoice.type) {
    case "auto":
    case "hosted":
      return undefined;
    case "none":
      return calling("NONE");
    case "required":
      return calling("ANY");
    case "tool":
      return calling("ANY", [toolChoice.name]);
    case "allowed":
      return calling(toolChoice.required ? "ANY" : "VALIDATED", toolChoice.names);
  }
}
