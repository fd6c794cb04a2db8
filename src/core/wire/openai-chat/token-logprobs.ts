import type { TokenLogprob } from "#core/chat/event.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";

type Chance = TokenLogprob["top"][number];

/** The tokens of `logprobs.content`, those without a number left out. */
export function decodeLogprobs(content: unknown): readonly TokenLogprob[] {
  return listOf(content).flatMap((entry): TokenLogprob[] => {
    const chance = chanceOf(entry);
    if (chance === undefined) return [];
    const top = listOf(recordOf(entry)?.["top_logprobs"]).flatMap((other) => chanceOf(other) ?? []);
    return [{ ...chance, top }];
  });
}

/** A choice's `logprobs`: null when there are none. */
export function encodeLogprobs(tokens: readonly TokenLogprob[]): unknown {
  if (tokens.length === 0) return null;
  const content = tokens.map((token) => ({ ...encodeChance(token), top_logprobs: token.top.map(encodeChance) }));
  return { content, refusal: null };
}

function chanceOf(value: unknown): Chance | undefined {
  const { token, logprob, bytes } = recordOf(value) ?? {};
  if (typeof token !== "string" || typeof logprob !== "number") return undefined;
  const known = listOf(bytes).filter((byte) => typeof byte === "number");
  return { token, logprob, ...(Array.isArray(bytes) ? { bytes: known } : {}) };
}

function encodeChance({ token, logprob, bytes }: Chance): Readonly<Record<string, unknown>> {
  return { token, logprob, bytes: bytes ?? null };
}
