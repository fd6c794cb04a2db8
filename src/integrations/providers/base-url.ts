import { GatewayError } from "#core/errors.ts";

/** What a URL resolves instead of sending it. */
const dotSegment = /\/\.{1,2}(?:\/|$)/;

/** A provider's base URL, checked once. */
export class BaseUrl {
  readonly #url: URL;

  /** Throws `config_invalid` when it is no http or https URL or carries credentials. */
  constructor(text: string) {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
      throw new GatewayError(
        "config_invalid",
        "A provider's base_url must be an http or https URL without credentials.",
      );
    }
    url.hash = "";
    url.pathname = url.pathname.replace(/\/+$/, "");
    this.#url = url;
  }

  /** Its path without a slash at the end; empty when there is none. */
  get path(): string {
    return this.#url.pathname === "/" ? "" : this.#url.pathname;
  }

  /**
   * Its own path with `path` behind it and `query` added to its query. Throws `invalid_request` when a model's name in `path`
   * would lead elsewhere.
   */
  at(path: string, query: Readonly<Record<string, string>> = {}): string {
    if (dotSegment.test(path)) {
      throw new GatewayError("invalid_request", "The model's name holds a path segment of dots.", {
        details: { field: "model" },
      });
    }
    const url = new URL(this.#url);
    url.pathname = this.path + path;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }

  /** `at` below this version (`/v1`), unless its own path ends in one already, such as `/v1beta`. */
  versioned(version: string): BaseUrl["at"] {
    const prefix = /\/v\d+[a-z\d]*$/.test(this.path) ? "" : version;
    return (path, query) => this.at(prefix + path, query);
  }
}
