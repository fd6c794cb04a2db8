import { parseInItsDigits } from "#core/wire/json-digits.ts";
import { recordOf } from "#core/wire/json-value.ts";

/** The input of a call: an object in every case. What a model wrote that is none is kept under `_raw`, and `broken` says so. */
export function decodeArguments(argumentsText: string): {
  readonly input: Readonly<Record<string, unknown>>;
  readonly broken: boolean;
} {
  if (argumentsText.trim() === "") return { input: {}, broken: false };
  const input = objectIn(argumentsText);
  return input === undefined ? { input: { _raw: argumentsText }, broken: true } : { input, broken: false };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return recordOf(parseInItsDigits(text));
  } catch {
    return undefined;
  }
}
