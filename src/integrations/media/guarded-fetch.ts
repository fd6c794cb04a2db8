import type { Clock } from "#core/effects/clock.ts";
import type { FetchedMedia, MediaFetcher } from "#core/effects/media-fetcher.ts";
import type { UpstreamHttp, UpstreamResponse } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import { sniffMediaType } from "#core/media-type.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { type CheckedPlace, checkPlace, ForbiddenPlace, type ResolveHost } from "#integrations/media/public-address.ts";
import { Turns } from "#integrations/media/turns.ts";

/** What a fetcher is built from. */
export interface GuardedFetchParts {
  readonly http: UpstreamHttp;
  readonly resolve: ResolveHost;
  readonly clock: Clock;
  /** Largest file. */
  readonly maxBytes: number;
  /** Longest time for one, waiting for its turn and redirects included. */
  readonly timeoutMs: number;
  readonly maxConcurrent: number;
  /** Servers (`name` or `name:port`) whose addresses may be private. */
  readonly privateHosts: readonly string[];
}

const mostRedirects = 3;
/** Addresses of one host that are tried. */
const mostAddresses = 2;
const headers = { accept: "image/*, audio/*, video/*, application/pdf, */*;q=0.5" };

/**
 * Fetches what callers name by URL, and never what only the gateway can reach: every address of a host is checked, the very
 * address that was checked is connected to, and so again for each redirect. Sends no credentials and keeps no cookies.
 */
export class GuardedFetch implements MediaFetcher {
  readonly #parts: GuardedFetchParts;
  readonly #turns: Turns;
  readonly #privateHosts: ReadonlySet<string>;

  constructor(parts: GuardedFetchParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.maxConcurrent);
    this.#privateHosts = new Set(parts.privateHosts.map((host) => host.toLowerCase()));
  }

  async fetch(url: string, path: string, signal: AbortSignal): Promise<FetchedMedia> {
    const { clock, timeoutMs } = this.#parts;
    const tooSlow = new AbortController();
    const disarm = clock.after(timeoutMs, () => tooSlow.abort(new ForbiddenPlace(`took longer than ${timeoutMs} ms`)));
    const either = AbortSignal.any([signal, tooSlow.signal]);
    try {
      return await this.#turns.run(either, () => this.#follow(url, either));
    } catch (thrown) {
      signal.throwIfAborted();
      throw refusal(thrown, path);
    } finally {
      disarm();
    }
  }

  async #follow(first: string, signal: AbortSignal): Promise<FetchedMedia> {
    let url = URL.parse(first);
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      if (url === null) throw new ForbiddenPlace("must be an http or https URL");
      const place = await unlessAborted(checkPlace(url, this.#parts.resolve, this.#privateHosts), signal);
      const response = await this.#send(place, signal);
      if (response.status >= 200 && response.status <= 299) return this.#read(response);
      await response.body.return();
      const location = response.header("location");
      if (response.status < 300 || response.status > 399 || location === undefined) {
        throw new ForbiddenPlace(`was answered with status ${response.status}`);
      }
      url = URL.parse(location, url.href);
    }
    throw new ForbiddenPlace(`was redirected more than ${mostRedirects} times`);
  }

  /** A host of several addresses may have one that cannot be reached from here. */
  async #send({ url, addresses }: CheckedPlace, signal: AbortSignal): Promise<UpstreamResponse> {
    const tried = addresses.slice(0, mostAddresses);
    let failure: unknown;
    for (const connectTo of tried) {
      try {
        return await this.#sendTo(url, connectTo, signal);
      } catch (thrown) {
        if (!(thrown instanceof GatewayError) || thrown.code !== "upstream_unavailable") throw thrown;
        failure = thrown;
      }
    }
    throw failure;
  }

  #sendTo(url: URL, connectTo: string, signal: AbortSignal): Promise<UpstreamResponse> {
    const { http, maxBytes, timeoutMs } = this.#parts;
    const limits = {
      connectTimeoutMs: timeoutMs,
      headTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
      maxBodyBytes: maxBytes,
    };
    return http.send({ method: "GET", peer: "media", url: url.href, connectTo, headers, signal, limits });
  }

  async #read(response: UpstreamResponse): Promise<FetchedMedia> {
    const { maxBytes } = this.#parts;
    const tooLarge = new ForbiddenPlace(`is larger than ${maxBytes} bytes`);
    const chunks: Uint8Array[] = [];
    let length = 0;
    if (Number(response.header("content-length") ?? 0) > maxBytes) {
      await response.body.return();
      throw tooLarge;
    }
    for await (const chunk of response.body) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge;
      chunks.push(chunk);
    }
    if (length === 0) throw new ForbiddenPlace("was answered with nothing");
    const bytes = joinBytes(chunks);
    const said = response.header("content-type")?.split(";")[0]?.trim().toLowerCase();
    return { mimeType: sniffMediaType(bytes) ?? said ?? "application/octet-stream", base64: bytes.toBase64() };
  }
}

/** A look-up cannot be called back, but it need not be waited for. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

/** What the caller may know: its own field and what is wrong with the address, never where the gateway looked. */
function refusal(thrown: unknown, path: string): GatewayError {
  const why = whyOf(thrown);
  if (why === undefined && !(thrown instanceof GatewayError)) throw thrown;
  return new GatewayError("invalid_request", `The address in '${path}' ${why ?? "could not be fetched"}.`, {
    cause: thrown,
    details: { field: path },
  });
}

function whyOf(thrown: unknown): string | undefined {
  if (thrown instanceof ForbiddenPlace) return thrown.message;
  if (!(thrown instanceof GatewayError)) return undefined;
  if (thrown.code === "upstream_too_large") return "is too large";
  if (thrown.code === "upstream_timeout") return "took too long";
  return thrown.code === "upstream_tls" ? "has a certificate that is not trusted" : undefined;
}
