import type { CallableTool } from "#core/chat/request.ts";

/** What a tool says of itself, its examples in words, for protocols that have no other place for them. */
export function describedWithExamples({ description, examples = [] }: CallableTool): string | undefined {
  if (examples.length === 0) return description;
  const shown = examples.map((example) => JSON.stringify(example)).join("\n");
  return `${description === undefined ? "" : `${description}\n\n`}Examples of the arguments:\n${shown}`;
}
