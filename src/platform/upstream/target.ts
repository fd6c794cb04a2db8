import { GatewayError } from "#core/errors.ts";
import { version } from "#platform/version.ts";

/** One place to connect to. Equal `key`s may share connections. */
export interface Origin {
  readonly key: string;
  /** `host:port` as the log names it. */
  readonly authority: string;
  /** What is looked up and connected to; an IPv6 literal without its brackets. */
  readonly hostname: string;
  /** The address to connect to where the caller settled it; connections to it are not shared. */
  readonly address?: string;
  readonly port: number;
  readonly secure: boolean;
}

/** A URL taken apart once: where to connect, and the part of the request head that follows the method. */
export interface Target {
  readonly origin: Origin;
  /** ` /path HTTP/1.1` with the header lines that are the client's own, each ended by CRLF. */
  readonly opening: string;
}

/** Whatever guards a provider may refuse who does not say what it is (RFC 9110 section 10.1.5). */
const ownLines = `user-agent: tokligence/${version}\r\naccept-encoding: identity\r\n`;

const rememberedTargets = 1024;

/** Takes URLs apart and remembers the answers; URLs are few and come again with every request. */
export class Targets {
  readonly #byUrl = new Map<string, Target>();

  /** What `parseTarget` gives, and throws. */
  resolve(url: string): Target {
    const known = this.#byUrl.get(url);
    if (known !== undefined) return known;
    const target = parseTarget(url);
    if (this.#byUrl.size >= rememberedTargets) this.#byUrl.clear();
    this.#byUrl.set(url, target);
    return target;
  }
}

/** Takes a URL apart. Throws `config_invalid` for what is not an `http:` or `https:` URL or carries credentials. */
export function parseTarget(text: string): Target {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new GatewayError("config_invalid", "An upstream address is not an absolute http or https URL.");
  }
  if (url.username !== "" || url.password !== "") {
    throw new GatewayError("config_invalid", `The upstream address of ${url.host} carries credentials.`);
  }
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const literal = url.hostname.startsWith("[");
  return {
    origin: {
      key: `${url.protocol}//${url.hostname}:${port}`,
      authority: `${url.hostname}:${port}`,
      hostname: literal ? url.hostname.slice(1, -1) : url.hostname,
      port,
      secure,
    },
    opening: ` ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n${ownLines}`,
  };
}
