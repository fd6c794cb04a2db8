import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatRequest, MediaPart, Message, Part } from "#core/chat/request.ts";
import type { FetchedMedia, MediaFetcher } from "#core/effects/media-fetcher.ts";
import { GatewayError } from "#core/errors.ts";

/** Whether a provider takes media of a kind as bytes only. */
type Wants = (kind: MediaPart["kind"]) => boolean;

/** Addresses of one call: as many pictures as OpenAI takes. More would make the gateway somebody's hammer. */
const mostAddresses = 500;
/** Characters of base64 of several files together: no provider takes a request as large. One alone is the fetcher's to judge. */
const mostCharacters = 128 * 1024 * 1024;

/** What a caller names by URL, fetched for providers that take bytes only: at most once a call, however many attempts. */
export class AttachedMedia {
  readonly #fetcher: MediaFetcher;
  readonly #fetched = new Map<string, FetchedMedia>();
  #characters = 0;

  constructor(fetcher: MediaFetcher) {
    this.#fetcher = fetcher;
  }

  /**
   * The request with bytes in place of the URLs of these kinds. Throws what the fetcher throws, naming the place of the URL,
   * and `invalid_request` when they are too many or too large together; nothing is fetched any more then.
   */
  async attach(request: CanonicalRequest, wants: Wants, signal: AbortSignal): Promise<CanonicalRequest> {
    if (request.operation === "embeddings") return request;
    const named = request.chat.messages.flatMap(({ parts }) => parts.flatMap((part) => fetchable(part, wants)));
    if (named.length === 0) return request;
    const places = new Map(named.map(({ url, path }) => [url, path]));
    const beyond = [...places.values()][mostAddresses];
    if (beyond !== undefined) throw refusal(beyond, `is one of more than ${mostAddresses}`);
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    try {
      await Promise.all([...places].map(([url, path]) => this.#fetch(url, path, either)));
    } catch (thrown) {
      failed.abort(thrown);
      throw thrown;
    }
    return { ...request, chat: this.#filled(request.chat, wants) };
  }

  async #fetch(url: string, path: string, signal: AbortSignal): Promise<void> {
    if (this.#fetched.has(url)) return;
    const media = await this.#fetcher.fetch(url, path, signal);
    this.#characters += media.base64.length;
    if (this.#fetched.size > 0 && this.#characters > mostCharacters) throw refusal(path, "makes the call too large");
    this.#fetched.set(url, media);
  }

  #filled(chat: ChatRequest, wants: Wants): ChatRequest {
    const fill = (part: Part): Part =>
      part.type === "tool-result"
        ? { ...part, parts: part.parts.map((inner) => this.#filledPart(inner, wants)) }
        : this.#filledPart(part, wants);
    const messages = chat.messages.map((message): Message => {
      return message.parts.some((part) => fetchable(part, wants).length > 0)
        ? { ...message, parts: message.parts.map(fill) }
        : message;
    });
    return { ...chat, messages };
  }

  #filledPart<Kind extends Part>(part: Kind, wants: Wants): Kind | MediaPart {
    if (part.type !== "media" || part.source.type !== "url" || !wants(part.kind)) return part;
    const media = this.#fetched.get(part.source.url);
    return media === undefined ? part : { ...part, source: { type: "data", ...media } };
  }
}

function refusal(path: string, why: string): GatewayError {
  return new GatewayError("invalid_request", `The address in '${path}' ${why}.`, { details: { field: path } });
}

/** Films are left alone: their addresses name a page or a bucket that only their own provider can read. */
function fetchable(part: Part, wants: Wants): readonly { readonly url: string; readonly path: string }[] {
  if (part.type === "tool-result") return part.parts.flatMap((inner) => fetchable(inner, wants));
  if (part.type !== "media" || part.source.type !== "url" || part.kind === "video" || !wants(part.kind)) return [];
  const { url } = part.source;
  return /^https?:/i.test(url) ? [{ url, path: part.path }] : [];
}
