import type { UpstreamHttp, UpstreamRequest, UpstreamResponse } from "#core/effects/upstream-http.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { type GatewayError, toGatewayError } from "#core/errors.ts";
import { GuardedFetch, type GuardedFetchParts } from "#integrations/media/guarded-fetch.ts";

/** What every picture here begins with. */
export const png = Uint8Array.fromHex("89504e470d0a1a0a0000000d");
/** A caller that stays. */
export const never = new AbortController().signal;
/** Where every name leads unless a test says otherwise. */
export const publicAddress = "93.184.216.34";

/** What a site answers; a picture when it says nothing. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly Uint8Array[];
}

/** A site: an answer for each request. */
export type Site = (request: UpstreamRequest) => Answer | Promise<Answer>;

/** The web: answers by request, and keeps what it was asked. */
export class Web implements UpstreamHttp {
  readonly requests: UpstreamRequest[] = [];
  closed = 0;
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  readonly #onClose = (): void => {
    this.closed += 1;
  };

  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    this.requests.push(request);
    const { status = 200, headers = {}, chunks = [png] } = await this.#site(request);
    return { status, header: (name) => headers[name], body: bodyOf(chunks, this.#onClose) };
  }
}

/** A body that tells when it is closed, read or not. */
function bodyOf(chunks: readonly Uint8Array[], closed: () => void): UpstreamResponse["body"] {
  const body = (async function* (): UpstreamResponse["body"] {
    yield* chunks;
  })();
  const end = body.return.bind(body);
  return Object.assign(body, {
    return: (value: undefined) => {
      closed();
      return end(value);
    },
  });
}

/** A fetcher on this web, with small bounds. */
export function fetcher(web: UpstreamHttp, more: Partial<GuardedFetchParts> = {}) {
  return new GuardedFetch({
    http: web,
    resolve: async () => [publicAddress],
    clock: new VirtualClock(),
    maxBytes: 100,
    timeoutMs: 1000,
    maxConcurrent: 8,
    privateHosts: [],
    ...more,
  });
}

/** The error a fetch ends with; fails when there is none. */
export async function refusalOf(fetching: Promise<unknown>): Promise<GatewayError> {
  try {
    await fetching;
  } catch (thrown) {
    return toGatewayError(thrown);
  }
  throw new Error("was fetched");
}

/** An answer that leads elsewhere. */
export const redirectTo = (location: string): Answer => ({ status: 302, headers: { location }, chunks: [] });
