import type { CallableTool } from "#core/chat/request.ts";

/** A freeform tool as a function with one text, its grammar told in words. */
export function asFunction(tool: CallableTool): CallableTool {
  const { grammar, description, ...rest } = tool;
  const told = [
    ...(description === undefined ? [] : [description]),
    ...(grammar === undefined
      ? []
      : [`The input must follow this ${grammar.syntax} grammar exactly:\n${grammar.definition}`]),
  ].join("\n\n");
  return {
    ...rest,
    kind: "function",
    ...(told === "" ? {} : { description: told }),
    parameters: {
      type: "object",
      properties: { input: { type: "string", description: "The raw input of the tool" } },
      required: ["input"],
      additionalProperties: false,
    },
  };
}

/** The free text of a call as the arguments of that function. */
export function wrapInput(text: string): string {
  return JSON.stringify({ input: text });
}
