import type { TokenLogprob } from "#core/chat/event.ts";

type Top = TokenLogprob["top"][number];
const encoder = new TextEncoder();

/** As the service writes them; bytes that nobody gave are those of the token's text. */
export function encodeLogprobs(tokens: readonly TokenLogprob[]): readonly unknown[] {
  return tokens.map((token) => ({ ...encodeTop(token), top_logprobs: token.top.map(encodeTop) }));
}

function encodeTop({ token, logprob, bytes }: Top): Readonly<Record<string, unknown>> {
  return { token, bytes: bytes ?? [...encoder.encode(token)], logprob };
}
