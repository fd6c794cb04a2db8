import type { ChatRequest } from "#core/chat/request.ts";

/** Whether the model must call a tool. */
export function isForced({ toolChoice }: ChatRequest): boolean {
  return (
    toolChoice.type === "required" ||
    toolChoice.type === "tool" ||
    (toolChoice.type === "allowed" && toolChoice.required)
  );
}
