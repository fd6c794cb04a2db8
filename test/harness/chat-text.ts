import { type CallOptions, hello, postJson } from "./client.ts";

/** The body of a chat request for `test-model` with one short message; `fields` replace or add to them. */
export function chatBody(fields: object = {}): object {
  return { model: "test-model", messages: hello, ...fields };
}

/** Posts text or bytes as they are to the chat endpoint. */
export function postChat(
  gateway: { readonly url: string },
  body: string | Uint8Array,
  options: CallOptions = {},
): Promise<Response> {
  return postJson(`${gateway.url}/v1/chat/completions`, body, options);
}

/** The `data` of each event of a streamed answer, in order; comments left out. */
export function dataLines(text: string): string[] {
  return text.split("\n\n").flatMap((frame) => (frame.startsWith("data: ") ? [frame.slice(6)] : []));
}

/** What the first choice said over all events of a streamed answer. */
export function saidText(text: string): string {
  return dataLines(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => (JSON.parse(data) as ChunkView).choices?.[0]?.delta?.content ?? "")
    .join("");
}

interface ChunkView {
  readonly choices?: readonly { readonly delta?: { readonly content?: string } }[];
}
