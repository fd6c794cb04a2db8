import type { KeyNames } from "#core/administration/key-bounds.ts";
import { GatewayError } from "#core/errors.ts";
import { compilePattern } from "#core/routing/pattern.ts";

/**
 * A new key, or one whose secret is about to be learned, has the rules of its maker's e-mail alone, and all that hold for the
 * maker's key by its name: what such a rule gives is not multiplied, what it takes not escaped. Throws `permission_denied`.
 */
export function refuseRuledName(asked: KeyNames, maker: KeyNames, patterns: readonly string[]): void {
  const holding = rulesOf([asked.key, asked.user], patterns);
  const free = rulesOf(["", maker.user], patterns);
  if (!isWithin(holding, free)) throw refusal("is one that a rule by time of day goes by, or its owner's e-mail is");
  if (!isWithin(rulesOf([maker.key], patterns), holding)) {
    throw refusal("is not one that the same rules by time of day go by as by that of the caller's own key");
  }
}

/** A key keeps the rules that hold for it, for better or worse. Throws `permission_denied`. */
export function refuseOtherRules(before: KeyNames, after: KeyNames, patterns: readonly string[]): void {
  const [former, next] = [rulesOf([before.key, before.user], patterns), rulesOf([after.key, after.user], patterns)];
  if (isWithin(former, next) && isWithin(next, former)) return;
  throw refusal("changes which rules by time of day hold for the key");
}

type Rules = ReadonlySet<string>;

/** Patterns that match one of the names. */
function rulesOf(names: readonly string[], patterns: readonly string[]): Rules {
  return new Set(patterns.filter((text) => names.some((name) => compilePattern(text).matches(name))));
}

function isWithin(rules: Rules, others: Rules): boolean {
  return rules.difference(others).size === 0;
}

function refusal(why: string): GatewayError {
  return new GatewayError("permission_denied", `\`name\` ${why}: ask an administrator.`, {
    details: { field: "name" },
  });
}
