import type { Protocol } from "#core/wire/codec.ts";
import type { DoorParts, Route } from "#http/route.ts";
import { callModel } from "#http/routes/model-call.ts";

/** Base URLs of clients that expect every vendor under a path of its own. */
const prefixes = ["", "/anthropic"];

const protocols: readonly (readonly [path: string, protocol: Protocol])[] = [
  ["/v1/messages", "anthropic-messages"],
  ["/v1/messages/count_tokens", "anthropic-count-tokens"],
];

/** Anthropic's endpoints that call models, at the root and under `/anthropic`. */
export function anthropicRoutes(parts: DoorParts): Route[] {
  return prefixes.flatMap((prefix) =>
    protocols.map(([path, protocol]) => ({
      method: "POST",
      path: prefix + path,
      permission: "models:call",
      errors: protocol,
      handle: (visit, principal) => callModel(parts, { codec: parts.codecs[protocol], address: {} }, visit, principal),
    })),
  );
}
