/** The cookie of a login in force. */
export const sessionCookieName = "tokligence_session";
/** The cookie of a login that waits for its code. */
export const challengeCookieName = "tokligence_login";

const tokenForm = /^[0-9a-f]{64}$/;

/** The token in the cookie of this name; undefined without one, with one of another form, and where it was said twice. */
export function cookieToken(headers: Headers, name: string): string | undefined {
  const said = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  const [value, another] = said
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return value !== undefined && another === undefined && tokenForm.test(value) ? value : undefined;
}

/** What a cookie is set with. */
export interface NewCookie {
  readonly name: string;
  /** Empty to take it away. */
  readonly token: string;
  readonly path: string;
  readonly maxAgeSeconds: number;
  readonly secure: boolean;
}

/** `Set-Cookie` (RFC 6265) for a cookie that no script can read and that no other site's request carries. */
export function cookieHeader({ name, token, path, maxAgeSeconds, secure }: NewCookie): string {
  const flags = secure ? "; Secure" : "";
  return `${name}=${token}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${flags}`;
}
