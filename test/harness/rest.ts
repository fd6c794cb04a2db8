import { join } from "node:path";
import { eventually } from "./eventually.ts";
import type { GatewayUnderTest } from "./gateway.ts";

/** How a caller of `/api/v1` shows who it is: headers for every request, others beside them for changing ones. */
export interface RestCaller {
  readonly headers: Readonly<Record<string, string>>;
  /** What changing requests of a session repeat. */
  readonly changing?: Readonly<Record<string, string>>;
  /** Through the control socket, as root. */
  readonly socket?: boolean;
}

/** A question to `/api/v1`; fields of `path` are escaped by whoever writes it. */
export interface RestQuestion {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody without a key. */
export const nobody: RestCaller = { headers: {} };
/** Whoever may open the control socket. */
export const socket: RestCaller = { headers: {}, socket: true };

/** A caller with a key. */
export const withApiKey = (key: string): RestCaller => ({ headers: { authorization: `Bearer ${key}` } });

/** Asks `/api/v1` + path. */
export function askRest(
  { url, configDir }: GatewayUnderTest,
  caller: RestCaller,
  path: string,
  { method = "GET", body, headers = {} }: RestQuestion = {},
): Promise<Response> {
  const isChange = method !== "GET" && method !== "HEAD";
  const from = caller.socket === true ? { unix: join(configDir, "control.sock") } : {};
  return fetch(`${caller.socket === true ? "http://localhost" : url}/api/v1${path}`, {
    ...from,
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: {
      ...caller.headers,
      ...(isChange ? caller.changing : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
  });
}

/** The answer of `/api/v1` + path as JSON; rejects with its text unless it is a good one. */
export async function restJson<Answer = Record<string, unknown>>(
  gateway: GatewayUnderTest,
  caller: RestCaller,
  path: string,
  question: RestQuestion = {},
): Promise<Answer> {
  const answer = await askRest(gateway, caller, path, question);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${question.method ?? "GET"} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as Answer;
}

/** The cookies that an answer sets, by name. */
export function cookiesOf(answer: Response): ReadonlyMap<string, string> {
  const pairs = answer.headers.getSetCookie().map((text) => text.split(";")[0] ?? "");
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

/** Asks for a code as a browser does; its challenge, and the code that the operator's log then shows. */
export async function requestCode(
  gateway: GatewayUnderTest,
  email: string,
): Promise<{ readonly answer: Response; readonly challenge: string; readonly code: string }> {
  const before = codesIn(gateway.output(), email).length;
  const answer = await askRest(gateway, nobody, "/auth/login", { method: "POST", body: { email } });
  if (!answer.ok) throw new Error(await answer.text());
  const challenge = cookiesOf(answer).get("tokligence_login") ?? "";
  const code = await eventually("a code is logged", () => codesIn(gateway.output(), email)[before]);
  return { answer, challenge, code };
}

/** Turns a code into a session. */
export function verifyCode(gateway: GatewayUnderTest, email: string, challenge: string, code: string) {
  return askRest(gateway, nobody, "/auth/verify", {
    method: "POST",
    body: { email, code },
    headers: { cookie: `tokligence_login=${challenge}` },
  });
}

/** A session of an active user. */
export async function logIn(gateway: GatewayUnderTest, email: string): Promise<RestCaller> {
  const { challenge, code } = await requestCode(gateway, email);
  const answer = await verifyCode(gateway, email, challenge, code);
  if (!answer.ok) throw new Error(await answer.text());
  const { csrf_token } = (await answer.json()) as { csrf_token: string };
  return {
    headers: { cookie: `tokligence_session=${cookiesOf(answer).get("tokligence_session")}` },
    changing: { "x-csrf-token": csrf_token, origin: gateway.url },
  };
}

/** Codes that were logged for an e-mail, in their order. */
export function codesIn(output: string, email: string): string[] {
  return output
    .split("\n")
    .filter((line) => line.includes('"login_code"'))
    .map((line) => JSON.parse(line) as { email: string; code: string })
    .filter((line) => line.email === email)
    .map(({ code }) => code);
}
