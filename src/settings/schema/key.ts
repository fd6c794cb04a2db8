import { z } from "zod";
import type { Handling, ValueType } from "#settings/schema/value-type.ts";

/** What a key that does nothing yet waits for: always, or only for some of its values. */
export type Awaits = string | Readonly<Record<string, string>>;

/** What the reference page, the templates and the messages know about one key. */
export interface KeyFacts {
  readonly description: string;
  /** The words for the values it takes. */
  readonly expects: string;
  readonly unit?: string;
  /** The value when no layer says anything; undefined when the key is then unset. */
  readonly default?: unknown;
  /** Present while the key is "not active yet". */
  readonly awaits?: Awaits;
  readonly quotable: boolean;
  readonly handling: Handling;
}

interface Said {
  readonly description: string;
  readonly unit?: string;
  readonly awaits?: Awaits;
}

/** Facts of every key, attached to its schema where it is declared; nothing is added later. */
export const keyFacts = z.registry<KeyFacts>();

/** Declares one key with the value it has when no layer speaks. */
export function key<S extends z.ZodType, D extends z.core.util.NoUndefined<z.output<S>>>(
  type: ValueType<S>,
  said: Said & { readonly default: D },
): z.ZodDefault<S>;
/** Declares one key that is unset when no layer speaks. */
export function key<S extends z.ZodType>(type: ValueType<S>, said: Said): z.ZodOptional<S>;
/** Both of the above. */
export function key<S extends z.ZodType>(
  type: ValueType<S>,
  said: Said & { readonly default?: z.core.util.NoUndefined<z.output<S>> },
): z.ZodType {
  const schema = said.default === undefined ? type.schema.optional() : type.schema.default(said.default);
  return schema.register(keyFacts, {
    ...said,
    expects: type.label,
    quotable: type.quotable,
    handling: type.handling,
  });
}

/** A section: strict, and present with its defaults when no layer mentions it. */
export function section<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.prefault(z.strictObject(shape), {} as z.input<z.ZodObject<S, z.core.$strict>>);
}
