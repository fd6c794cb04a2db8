import { GatewayError } from "#core/errors.ts";
import type { Pool, Route, Target } from "#core/routing/route.ts";

const weightSuffix = /@(\d{1,4})$/;

/**
 * Reads one line of `[routes]`: `a/m | b/m, c@3` is a pool of two, then a fallback. A target is `provider` or
 * `provider/model` (the model may hold slashes, dots and colons), with `@weight` 1..1000 as its share of first choices.
 * Throws `config_invalid` saying what is wrong with the line.
 */
export function parseRoute(pattern: string, text: string): Route {
  const name = pattern.trim();
  if (name === "") throw new GatewayError("config_invalid", "a route needs a model name or pattern before the '='");
  const pools = text.split(",").map((pool) => parsePool(name, pool));
  return { pattern: name, pools };
}

function parsePool(pattern: string, text: string): Pool {
  return text.split("|").map((target) => parseTarget(pattern, target.trim()));
}

function parseTarget(pattern: string, text: string): Target {
  if (text === "") {
    throw new GatewayError(
      "config_invalid",
      `route "${pattern}" has an empty target; write provider or provider/model`,
    );
  }
  const match = weightSuffix.exec(text);
  const name = match === null ? text : text.slice(0, match.index).trimEnd();
  const slash = name.indexOf("/");
  const provider = slash < 0 ? name : name.slice(0, slash);
  const model = slash < 0 ? undefined : name.slice(slash + 1);
  if (provider === "" || model === "" || /\s|[=>]/.test(provider)) {
    throw new GatewayError("config_invalid", `route "${pattern}": "${text}" is not provider or provider/model`);
  }
  return {
    provider,
    ...(model === undefined ? {} : { model }),
    ...(match === null ? {} : { weight: parseWeight(pattern, match[1] ?? "") }),
  };
}

function parseWeight(pattern: string, text: string): number {
  const weight = Number(text);
  if (weight < 1 || weight > 1000) {
    throw new GatewayError(
      "config_invalid",
      `route "${pattern}": a weight is a whole number from 1 to 1000, not ${text}`,
    );
  }
  return weight;
}
