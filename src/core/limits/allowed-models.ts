import { GatewayError } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import { compilePattern, type Pattern } from "#core/routing/pattern.ts";

/** Compiled once for each list of a policy. */
const compiled = new WeakMap<readonly string[], readonly Pattern[]>();

/**
 * Whether a caller may ask for this model: all of them unless its key's policy, or that of the key that made it, lists names or
 * patterns.
 */
export function isModelAllowed({ policy, parent }: Principal, model: string): boolean {
  return isListed(policy?.models, model) && (parent === undefined || isModelAllowed(parent, model));
}

function isListed(models: readonly string[] | undefined, model: string): boolean {
  if (models === undefined) return true;
  let patterns = compiled.get(models);
  if (patterns === undefined) {
    patterns = models.map(compilePattern);
    compiled.set(models, patterns);
  }
  return patterns.some((pattern) => pattern.matches(model));
}

/** Throws `permission_denied`, which names the model and not the list, unless the caller may ask for it. */
export function checkModelAllowed(principal: Principal, model: string): void {
  if (isModelAllowed(principal, model)) return;
  throw new GatewayError("permission_denied", `This API key may not use the model '${model}'.`, {
    details: { field: "model" },
  });
}
