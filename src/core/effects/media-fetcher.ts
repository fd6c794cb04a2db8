/** A picture or document as bytes. */
export interface FetchedMedia {
  /** Told from the bytes where they tell it, else from the answer's content type. */
  readonly mimeType: string;
  readonly base64: string;
}

/** The one way to pictures and documents that a caller names by URL. */
export interface MediaFetcher {
  /**
   * Throws `invalid_request` with `details.field` = `path` when the address is private, redirects there, is no http(s) URL,
   * answers badly, is too large or too slow. Never sends credentials.
   */
  readonly fetch: (url: string, path: string, signal: AbortSignal) => Promise<FetchedMedia>;
}
