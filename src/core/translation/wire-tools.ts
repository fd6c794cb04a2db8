import type { ChatRequest, Part, Tool, ToolChoice } from "#core/chat/request.ts";
import { asFunction, wrapInput } from "#core/translation/custom-tools.ts";
import { withParts } from "#core/translation/foreign-parts.ts";
import type { ToolNames } from "#core/translation/tool-names.ts";
import type { WireTraits } from "#core/wire/codec.ts";

/** The request with tools, choice and calls under their names on the wire, freeform tools as functions where it has none. */
export function withWireTools(chat: ChatRequest, names: ToolNames, traits: WireTraits): ChatRequest {
  const tools = chat.tools.map((tool) => wireTool(tool, names, traits));
  const renamed = withParts(chat, (part) => [wirePart(part, names, traits)]);
  return { ...renamed, tools, toolChoice: wireChoice(chat.toolChoice, names, traits) };
}

function wireTool(tool: Tool, names: ToolNames, traits: WireTraits): Tool {
  if (tool.kind === "hosted") return tool;
  const { namespace, ...rest } = tool.kind === "custom" && !traits.customTools ? asFunction(tool) : tool;
  const name = names.wireName(tool.name, namespace);
  return { ...rest, name, ...(namespace === undefined || !traits.namespaces ? {} : { namespace }) };
}

function wirePart(part: Part, names: ToolNames, traits: WireTraits): Part {
  if (part.type !== "tool-call") return part;
  const name = names.wireName(part.name, part.namespace);
  const unwraps = part.form === "custom" && !traits.customTools;
  const flattens = part.namespace !== undefined && !traits.namespaces;
  if (name === part.name && !unwraps && !flattens) return part;
  const { namespace, ...rest } = part;
  return {
    ...rest,
    name,
    ...(namespace === undefined || flattens ? {} : { namespace }),
    ...(unwraps ? { form: "function" as const, argumentsText: wrapInput(part.argumentsText) } : {}),
  };
}

function wireChoice(choice: ToolChoice, names: ToolNames, traits: WireTraits): ToolChoice {
  switch (choice.type) {
    case "tool": {
      const name = names.wireName(choice.name, choice.namespace);
      const keeps = choice.namespace !== undefined && traits.namespaces;
      return { type: "tool", name, ...(keeps ? { namespace: choice.namespace } : {}) };
    }
    case "allowed":
      return { ...choice, names: [...new Set(choice.names)].flatMap((name) => names.wireNames(name)) };
    case "auto":
    case "none":
    case "required":
    case "hosted":
      return choice;
  }
}
