import type { z } from "zod";
import type { Problem } from "#settings/entry.ts";
import { canonicalKey } from "#settings/key-path.ts";
import { keyTree } from "#settings/key-tree.ts";
import { findKey } from "#settings/known-keys.ts";
import { didYouMean } from "#settings/nearest.ts";
import type { Resolved } from "#settings/resolve/resolve-values.ts";
import { type Configuration, configurationSchema } from "#settings/schema/configuration.ts";

/** The checked configuration, built from the values that are right, and what is wrong with the others. */
export interface Checked {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
}

// Compiling a checker for one use takes three times as long as checking: a tenth of the start.
const once = { jitless: true } as const;

/** Checks all values at once against the one schema; every problem names the key, its place and what was expected. */
export function checkSchema(values: ReadonlyMap<string, Resolved>): Checked {
  const checked = configurationSchema.safeParse(nest(values), once);
  if (checked.success) return { configuration: checked.data, problems: [] };
  const wrong = new Map(
    checked.error.issues.map((issue) => {
      const key = keyOfPath(issue.path.map(String));
      return [key, problemOf(key, issue, values.get(key))];
    }),
  );
  const right = new Map([...values].filter(([key]) => !wrong.has(key)));
  const rest = configurationSchema.safeParse(nest(right), once);
  return {
    configuration: rest.success ? rest.data : configurationSchema.parse({}),
    problems: [...wrong.values()],
  };
}

function problemOf(key: string, issue: z.core.$ZodIssue, resolved: Resolved | undefined): Problem {
  const facts = findKey(key)?.facts;
  if (resolved === undefined || facts === undefined) return { text: `${key}: ${issue.message}` };
  // The text as written: a followed reference may hold what must not be shown.
  const said = resolved.entry.value;
  const got = facts.quotable ? `, got ${JSON.stringify(said)}${nearestWord(said, issue)}` : "";
  return { origin: resolved.entry.origin, text: `${key}: expected ${facts.expects}${got}` };
}

/** The word that is most like the first that is none of those allowed. */
function nearestWord(said: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_value") return "";
  const allowed = issue.values.map(String);
  const words = Array.isArray(said) ? said.map(String) : String(said).split(",");
  const wrong = words.map((word) => word.trim()).find((word) => !allowed.includes(word));
  return wrong === undefined ? "" : didYouMean(wrong, allowed);
}

function nest(values: ReadonlyMap<string, Resolved>): unknown {
  return keyTree(values.entries().map(([key, { value }]) => [key, value]));
}

/** The key an issue is about: the longest part of its path that is one. */
function keyOfPath(path: readonly string[]): string {
  for (let length = path.length; length > 0; length--) {
    const key = canonicalKey(path.slice(0, length).join("."));
    if (findKey(key) !== undefined) return key;
  }
  return canonicalKey(path.join("."));
}
