import type { Digest } from "#core/effects/digest.ts";

/** An access key of AWS. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What is signed, and for which service. */
export interface Signing {
  readonly method: string;
  readonly url: string;
  /** Lower-case names; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly region: string;
  readonly service: string;
  /** Wall clock, milliseconds. */
  readonly nowMs: number;
}

const utf8 = new TextEncoder();
const algorithm = "AWS4-HMAC-SHA256";

/**
 * The headers that sign a request: `authorization`, `x-amz-date` and, for a temporary key, `x-amz-security-token` (AWS
 * Signature Version 4). The body's hash is part of the signature.
 */
export function signatureHeaders(digest: Digest, key: AccessKey, signing: Signing): Readonly<Record<string, string>> {
  const time = new Date(signing.nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const added: Record<string, string> = { "x-amz-date": time };
  if (key.sessionToken !== undefined) added["x-amz-security-token"] = key.sessionToken;
  const url = new URL(signing.url);
  const headers = Object.entries({ ...signing.headers, host: url.host, ...added }).toSorted(byName);
  const names = headers.map(([name]) => name).join(";");
  const canonical = [
    signing.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    names,
    digest.sha256(signing.body).toHex(),
  ].join("\n");
  const scope = [time.slice(0, 8), signing.region, signing.service, "aws4_request"];
  const text = [algorithm, time, scope.join("/"), digest.sha256(utf8.encode(canonical)).toHex()].join("\n");
  const signingKey = scope.reduce<Uint8Array>(
    (secret, part) => digest.hmacSha256(secret, utf8.encode(part)),
    utf8.encode(`AWS4${key.secretAccessKey}`),
  );
  const signature = digest.hmacSha256(signingKey, utf8.encode(text)).toHex();
  const credential = `${key.accessKeyId}/${scope.join("/")}`;
  return {
    ...added,
    authorization: `${algorithm} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** The path as it is sent, escaped once more: what every service but S3 computes. */
function canonicalPath(path: string): string {
  return path.split("/").map(escaped).join("/");
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]): readonly [string, string] => [escaped(name), escaped(value)]);
  return pairs
    .toSorted((a, b) => byName(a, b) || (a[1] < b[1] ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function byName(a: readonly [string, string], b: readonly [string, string]): number {
  if (a[0] === b[0]) return 0;
  return a[0] < b[0] ? -1 : 1;
}
