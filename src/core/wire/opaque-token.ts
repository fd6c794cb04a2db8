import type { OpaqueToken } from "#core/chat/request.ts";
import type { TokenDecision } from "#core/wire/codec.ts";

/**
 * An opaque token with its maker. `unsigned` is no token: it marks thinking that its maker left unsigned, so that it can be
 * told from others' when it comes back.
 */
export interface WrappedToken {
  readonly provider: string;
  readonly kind: OpaqueToken["kind"] | "unsigned";
  readonly data: string;
}

/** What base64 of `tk1:` begins with; the last character is settled by the colon alone. */
const prefix = "dGsxO";
const form = /^tk1:([^:]+):(signature|redacted|encrypted|thought|unsigned):(.*)$/s;
const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** The token with its maker's name, as valid standard base64: `tk1:<provider>:<kind>:<data>`. */
export function wrapToken({ provider, kind, data }: WrappedToken): string {
  return utf8.encode(`tk1:${encodeURIComponent(provider)}:${kind}:${data}`).toBase64();
}

/** What `wrapToken` wrapped; undefined for a token in its maker's own form. */
export function unwrapToken(token: string): WrappedToken | undefined {
  if (!token.startsWith(prefix)) return undefined;
  const [, provider, kind, data] = form.exec(decoded(token) ?? "") ?? [];
  const name = provider === undefined ? undefined : decodedName(provider);
  if (name === undefined || !isKind(kind) || data === undefined) return undefined;
  return { provider: name, kind, data };
}

/**
 * What becomes of a token in a body that is forwarded to `provider`: its own goes unwrapped, everybody else's is dropped.
 * A maker that this process saw (`maker`) counts more than what the token says of itself, since another gateway before the
 * provider wraps tokens too.
 */
export function decideToken(token: string, provider: string, maker: string | undefined): TokenDecision {
  if (maker !== undefined) return maker === provider ? "keep" : "drop";
  const wrapped = unwrapToken(token);
  if (wrapped === undefined) return "keep";
  if (wrapped.provider !== provider || wrapped.kind === "unsigned") return "drop";
  return { replace: wrapped.data };
}

function isKind(kind: string | undefined): kind is WrappedToken["kind"] {
  switch (kind) {
    case "signature":
    case "redacted":
    case "encrypted":
    case "thought":
    case "unsigned":
      return true;
    default:
      return false;
  }
}

function decoded(token: string): string | undefined {
  try {
    return strictUtf8.decode(Uint8Array.fromBase64(token));
  } catch {
    return undefined;
  }
}

function decodedName(provider: string): string | undefined {
  try {
    return decodeURIComponent(provider);
  } catch {
    return undefined;
  }
}
