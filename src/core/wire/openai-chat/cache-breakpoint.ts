import type { CacheMark } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { recordOf } from "#core/wire/json-value.ts";

/** The cache mark of a part of a chat or of a response's input. */
export function cacheOf(
  part: Readonly<Record<string, unknown>>,
  path: string,
  asked: AskedFeatures,
): { readonly cache?: CacheMark } {
  const mark = recordOf(part["prompt_cache_breakpoint"]);
  if (mark === undefined) return {};
  asked.add("cache_marks", `${path}.prompt_cache_breakpoint`);
  return { cache: { ttl: mark["ttl"] === "12h" ? "1h" : "5m" } };
}
