import type { TokenLogprob } from "#core/chat/event.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** How likely the tokens of a candidate were, by its `logprobsResult`; empty when nothing is said. */
export function decodeLogprobs(value: unknown): readonly TokenLogprob[] {
  const result = recordOf(value);
  const alternatives = listOf(result?.["topCandidates"]);
  return listOf(result?.["chosenCandidates"]).flatMap((entry, index) => {
    const chosen = likelihood(entry);
    const top = listOf(recordOf(alternatives[index])?.["candidates"]).flatMap((other) => likelihood(other) ?? []);
    return chosen === undefined ? [] : [{ ...chosen, top }];
  });
}

function likelihood(value: unknown): { readonly token: string; readonly logprob: number } | undefined {
  const { token, logProbability } = recordOf(value) ?? {};
  // Google's JSON leaves out a likelihood of zero, which is certainty.
  const logprob = logProbability ?? 0;
  const word = textOf(token);
  return word === undefined || typeof logprob !== "number" ? undefined : { token: word, logprob };
}

/** Gemini's `logprobsResult`. */
export function encodeLogprobs(tokens: readonly TokenLogprob[]): Fields {
  const candidate = ({ token, logprob }: { readonly token: string; readonly logprob: number }): Fields => ({
    token,
    logProbability: logprob,
  });
  return {
    chosenCandidates: tokens.map(candidate),
    ...(tokens.some(({ top }) => top.length > 0)
      ? { topCandidates: tokens.map(({ top }) => ({ candidates: top.map(candidate) })) }
      : {}),
  };
}
