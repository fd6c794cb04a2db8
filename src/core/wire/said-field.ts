import type { Feature } from "#core/chat/feature.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";

/** A field of a request with its value, where there is one and the target can be told it; what it cannot is noted. */
export function saidField(
  target: EncodeTarget,
  feature: Feature,
  field: string,
  value: unknown,
  sayable: boolean,
): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (!sayable) target.note(feature);
  return sayable ? { [field]: value } : {};
}
