import type { ChatRequest } from "#core/chat/request.ts";

/** A chat that asks for nothing but an answer to "hi", with what a test changes. */
export function plainChat(changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: "m",
    messages: [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
    tools: [],
    toolChoice: { type: "auto" },
    stream: false,
    streamUsage: true,
    stop: [],
    choices: 1,
    asked: new Map(),
    unknownFields: [],
    ...changes,
  };
}
