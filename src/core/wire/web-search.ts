import type { WebSearch } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

const placeNames = ["city", "region", "country", "timezone"] as const;

/**
 * What a search is told in the words that OpenAI and Anthropic share: the lists in `domains`, and `place`, where the user is.
 * What is empty says nothing.
 */
export function decodeWebSearch(domains: Fields | undefined, place: unknown): WebSearch {
  const allowedDomains = textsOf(domains?.["allowed_domains"]);
  const blockedDomains = textsOf(domains?.["blocked_domains"]);
  const said = placeNames.flatMap((name) => {
    const word = textOf(recordOf(place)?.[name]);
    return word === undefined ? [] : [[name, word] as const];
  });
  return {
    ...(allowedDomains.length === 0 ? {} : { allowedDomains }),
    ...(blockedDomains.length === 0 ? {} : { blockedDomains }),
    ...(said.length === 0 ? {} : { location: Object.fromEntries(said) }),
  };
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).flatMap((entry) => textOf(entry) ?? []);
}

/** How much of what a search finds goes to the model: a hint that no other protocol has a word for, but for its default. */
export function noteContextSize(search: Fields, path: string, asked: AskedFeatures): void {
  const size = textOf(search["search_context_size"]) ?? "medium";
  if (size !== "medium") asked.unknownFields.push(`${path}.search_context_size`);
}
