import type { CacheMark } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { recordOf } from "#core/wire/json-value.ts";

/** The cache mark of a block, a tool or, where the path is empty, the request. */
export function cacheOf(
  fields: Readonly<Record<string, unknown>>,
  path: string,
  asked: AskedFeatures,
): { readonly cache?: CacheMark } {
  const mark = recordOf(fields["cache_control"]);
  if (mark === undefined) return {};
  asked.add("cache_marks", path === "" ? "cache_control" : `${path}.cache_control`);
  return { cache: { ttl: mark["ttl"] === "1h" ? "1h" : "5m" } };
}
