import type { ChatRequest, MediaPart, Message, Part } from "#core/chat/request.ts";

/** The text of the last user message; empty when there is none. */
export function lastPrompt({ messages }: ChatRequest): string {
  const last = messages.findLast((message) => message.role === "user");
  return last === undefined ? "" : textsOf(last.parts).join("\n");
}

/** The last message that is part of the conversation; instructions may stand behind it. */
export function lastTurn({ messages }: ChatRequest): Message | undefined {
  return messages.findLast(({ role }) => role !== "system" && role !== "developer");
}

/** What there is to say to it: what the tools answered, or the prompt, and which pictures and documents were seen. */
export function speechOf(turn: Message | undefined, prompt: string): string {
  if (turn?.role === "tool") {
    const results = turn.parts.flatMap((part) => (part.type === "tool-result" ? [seen(part.parts)] : []));
    return `The tool answered: ${results.join("\n")}`;
  }
  const media = (turn?.parts ?? []).flatMap((part) => (part.type === "media" ? [describe(part)] : []));
  const text = prompt === "" && media.length === 0 ? "Hello from loopback." : prompt;
  return [text, ...media].filter((said) => said !== "").join(" ");
}

function seen(parts: readonly Part[]): string {
  return parts
    .flatMap((part) => {
      if (part.type === "text") return [part.text];
      return part.type === "media" ? [describe(part)] : [];
    })
    .join("\n");
}

function textsOf(parts: readonly Part[]): readonly string[] {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
}

/** `[image image/png 70 bytes]`, or where it lies. */
function describe({ kind, source }: MediaPart): string {
  switch (source.type) {
    case "data": {
      const padding = /={0,2}$/.exec(source.base64)?.[0].length ?? 0;
      return `[${kind} ${source.mimeType} ${(source.base64.length * 3) / 4 - padding} bytes]`;
    }
    case "url":
      return `[${kind} at ${source.url}]`;
    case "file":
      return `[${kind} ${source.id}]`;
  }
}
