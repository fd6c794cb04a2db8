import type { GatewayError } from "#core/errors.ts";
import { parseObject } from "#core/wire/json-value.ts";

/**
 * The object that a provider's body holds; undefined when it is no JSON (a login page), cut, or no object. Throws the error
 * that `errorIn` finds in place of an answer.
 */
export function parsedAnswer(
  body: Uint8Array,
  errorIn: (answer: Readonly<Record<string, unknown>>) => GatewayError | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const answer = parseObject(body);
  const error = answer === undefined ? undefined : errorIn(answer);
  if (error !== undefined) throw error;
  return answer;
}
