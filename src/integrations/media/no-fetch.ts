import type { MediaFetcher } from "#core/effects/media-fetcher.ts";
import { GatewayError } from "#core/errors.ts";

/** Fetches nothing: what `media.fetch = false` leaves of a fetcher. A provider that takes addresses may still be asked. */
export const noFetch: MediaFetcher = {
  async fetch(_url, path) {
    throw new GatewayError("unsupported_value", `The address in '${path}' is not fetched; send the bytes instead.`, {
      details: { field: path },
    });
  },
};
