import type { CallableTool, ChatRequest, HostedTool, Tool, WebSearch } from "#core/chat/request.ts";
import type { CacheMarks } from "#core/wire/anthropic-messages/cache-marks.ts";
import { isClientToolType } from "#core/wire/anthropic-messages/client-tools.ts";
import { inputSchemaOf, isClosedSchema, strictSchemaOf } from "#core/wire/anthropic-messages/schema.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { isForced } from "#core/wire/anthropic-messages/forced-choice.ts";

type Fields = Readonly<Record<string, unknown>>;

/** `tools` and `tool_choice` of a request; neither when it has no tools. */
export function encodeTools(chat: ChatRequest, marks: CacheMarks, target: EncodeTarget): Fields {
  const tools = allowedTools(chat, target).flatMap((tool) => encodeTool(tool, marks, target));
  if (tools.length === 0) return {};
  const choice = encodeChoice(chat, tools, target);
  return { tools, ...(choice === undefined ? {} : { tool_choice: choice }) };
}

/**
 * Anthropic has no word for a subset: only the allowed tools are sent, which begins another prompt cache. Hosted ones that are
 * not allowed have gone before.
 */
function allowedTools({ tools, toolChoice }: ChatRequest, target: EncodeTarget): readonly Tool[] {
  if (toolChoice.type !== "allowed") return tools;
  target.note("allowed_tools");
  const allowed = new Set(toolChoice.names);
  return tools.filter((tool) => tool.kind === "hosted" || allowed.has(tool.name));
}

function encodeTool(tool: Tool, marks: CacheMarks, target: EncodeTarget): Fields[] {
  if (tool.kind === "hosted") return encodeHosted(tool);
  if (tool.typed !== undefined && isClientToolType(tool.typed)) {
    return [{ type: tool.typed, name: tool.name, ...marks.of(tool) }];
  }
  const { name, description, examples } = tool;
  return [
    {
      name,
      ...(description === undefined || description === "" ? {} : { description }),
      ...encodeSchema(tool, target),
      ...(examples === undefined || examples.length === 0 ? {} : { input_examples: examples }),
      ...marks.of(tool),
    },
  ];
}

function encodeSchema({ parameters, strict }: CallableTool, target: EncodeTarget): Fields {
  const { schema, changed } = inputSchemaOf(parameters);
  if (changed) target.note("tools");
  if (strict !== true) return { input_schema: schema };
  const possible = target.facts.jsonSchema && target.dialect.strictTools && isClosedSchema(schema);
  if (!possible) target.note("tool_strict");
  return possible ? { input_schema: strictSchemaOf(schema).schema, strict: true } : { input_schema: schema };
}

function encodeHosted({ webSearch }: HostedTool): Fields[] {
  return webSearch === undefined ? [] : [encodeWebSearch(webSearch)];
}

function encodeWebSearch({ allowedDomains, blockedDomains, maxUses, location }: WebSearch): Fields {
  return {
    type: "web_search_20250305",
    name: "web_search",
    ...(maxUses === undefined ? {} : { max_uses: maxUses }),
    ...(allowedDomains === undefined ? {} : { allowed_domains: allowedDomains }),
    // The two lists exclude one another, and what is allowed says more.
    ...(blockedDomains === undefined || allowedDomains !== undefined ? {} : { blocked_domains: blockedDomains }),
    ...(location === undefined ? {} : { user_location: { type: "approximate", ...location } }),
  };
}

function encodeChoice(chat: ChatRequest, tools: readonly Fields[], target: EncodeTarget): Fields | undefined {
  const { toolChoice, parallelToolCalls } = chat;
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (isForced(chat) && !target.facts.forcedTools) {
    target.note("tool_choice");
    return parallelToolCalls === false ? { type: "auto", ...single } : undefined;
  }
  switch (toolChoice.type) {
    case "auto":
      return parallelToolCalls === false ? { type: "auto", ...single } : undefined;
    case "none":
      return { type: "none" };
    case "required":
      return { type: "any", ...single };
    case "tool":
      return { type: "tool", name: toolChoice.name, ...single };
    case "allowed":
      return { type: toolChoice.required ? "any" : "auto", ...single };
    case "hosted":
      return tools.some((tool) => tool["name"] === "web_search")
        ? { type: "tool", name: "web_search", ...single }
        : undefined;
  }
}
