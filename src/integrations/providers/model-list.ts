import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamHttp, UpstreamResponse } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Codec } from "#core/wire/codec.ts";
import { listOf, parseJson, recordOf, textOf } from "#core/wire/json-value.ts";
import { readRefusal, readWhole } from "#integrations/providers/answer-body.ts";

/** How a provider is asked for its models: one GET that costs nothing. */
export interface ModelListing {
  readonly url: string;
  /** Credentials included. */
  readonly headers: Readonly<Record<string, string>>;
  /** Who reads its refusals. */
  readonly codec: Codec;
  /** The names in an answer; undefined where it is no list. */
  read(answer: unknown): readonly string[] | undefined;
}

/** What a provider answered to the question for its models. */
export interface ListedModels {
  readonly models: readonly string[];
  readonly response: UpstreamResponse;
}

/** What asking needs of the world around it. */
export interface ModelListAsking {
  readonly http: UpstreamHttp;
  readonly clock: Clock;
  /** What errors call the other side. */
  readonly peer: string;
  /** For the whole of it, address lookup included. */
  readonly timeoutMs: number;
}

const maxListBytes = 8 * 1024 * 1024;

/**
 * Asks a provider for its models. Rejects with the `GatewayError` that a call would have ended with, and with
 * `upstream_bad_response` for an answer that is no list. Redirects are not followed.
 */
export async function askForModels(
  listing: ModelListing,
  { http, clock, peer, timeoutMs }: ModelListAsking,
): Promise<ListedModels> {
  const late = new AbortController();
  const cancel = clock.after(timeoutMs, () =>
    late.abort(new GatewayError("upstream_timeout", `Provider ${peer}: no answer within ${timeoutMs} ms.`)),
  );
  try {
    const response = await http.send({
      method: "GET",
      peer,
      url: listing.url,
      headers: { accept: "application/json", ...listing.headers },
      signal: late.signal,
      limits: {
        connectTimeoutMs: timeoutMs,
        headTimeoutMs: timeoutMs,
        idleTimeoutMs: timeoutMs,
        maxBodyBytes: maxListBytes,
      },
    });
    if (response.status !== 200) throw await readRefusal(response, listing.codec, late.signal, clock);
    const models = listing.read(parseJson(await readWhole(response, maxListBytes)));
    if (models !== undefined) return { models, response };
    throw new GatewayError("upstream_bad_response", `Provider ${peer} answered something that is no list of models.`);
  } finally {
    cancel();
  }
}

/** The texts under `key` of each object of a list; undefined when it is none. Some servers say `null` for an empty one. */
export function namesIn(list: unknown, key: string): readonly string[] | undefined {
  if (list === null) return [];
  if (!Array.isArray(list)) return undefined;
  return listOf(list).flatMap((entry) => textOf(recordOf(entry)?.[key]) ?? []);
}
