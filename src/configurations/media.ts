import type { Clock } from "#core/effects/clock.ts";
import type { MediaFetcher } from "#core/effects/media-fetcher.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { GuardedFetch } from "#integrations/media/guarded-fetch.ts";
import { noFetch } from "#integrations/media/no-fetch.ts";
import { resolveHost } from "#platform/resolve-host.ts";
import type { Settings } from "#settings/settings.ts";

/** The way to pictures and documents that callers name by URL, as far as `[media]` opens it. */
export function mediaFetcher({ media }: Pick<Settings, "media">, http: UpstreamHttp, clock: Clock): MediaFetcher {
  return media.fetch ? new GuardedFetch({ ...media, http, clock, resolve: resolveHost }) : noFetch;
}
