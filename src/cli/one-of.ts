import { GatewayError } from "#core/errors.ts";

/** The word of `words` that was typed for a flag. Throws `usage` with all that it may be. */
export function oneOf<const Word extends string>(flag: string, words: readonly Word[], typed: string): Word {
  const found = words.find((word) => word === typed);
  if (found !== undefined) return found;
  throw new GatewayError("usage", `${flag} is one of: ${words.join(", ")}.`);
}

/** The same, and undefined where the flag was not given. */
export function oneOfIfGiven<const Word extends string>(
  flag: string,
  words: readonly Word[],
  typed: string | undefined,
): Word | undefined {
  return typed === undefined ? undefined : oneOf(flag, words, typed);
}
