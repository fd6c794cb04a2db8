import { loginDoors } from "#core/api/login.ts";
import { apiPath } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { timeText } from "#core/api/time-text.ts";
import { GatewayError } from "#core/errors.ts";
import { codeLifeMinutes } from "#core/session/login.ts";
import { sessionLifeMs } from "#core/session/session-life.ts";
import { challengeCookieName, cookieHeader, cookieToken, sessionCookieName } from "#http/cookies.ts";
import { routeOf } from "#http/api-door.ts";
import { jsonResponse } from "#http/json-response.ts";
import { readJson } from "#http/request-body.ts";
import type { DoorParts, Route } from "#http/route.ts";
import type { Visit } from "#http/visit.ts";

const folder = `${apiPath}/auth`;
const codeLifeSeconds = codeLifeMinutes * 60;
const sessionLifeSeconds = sessionLifeMs / 1000;

/** `/api/v1/auth/**`: a session by a one-time code, and its end. */
export function loginRoutes(parts: DoorParts): Route[] {
  const { clock, limits, login } = parts;
  const bodyOf = async ({ request }: Visit): Promise<unknown> => (await readJson(request, limits, clock)).value;
  const cookie = (visit: Visit, name: string, path: string, token: string, maxAgeSeconds: number): string =>
    cookieHeader({ name, token, path, maxAgeSeconds, secure: isSecure(parts, visit) });
  const challenge = (visit: Visit, token: string, seconds: number) =>
    cookie(visit, challengeCookieName, folder, token, seconds);
  const session = (visit: Visit, token: string, seconds: number) =>
    cookie(visit, sessionCookieName, "/", token, seconds);

  return [
    {
      ...routeOf(loginDoors.login),
      handle: async (visit: Visit) => {
        const { email } = parseInput(loginDoors.login.input, await bodyOf(visit));
        const begun = login.begin(email, visit.connection.address);
        const answer = {
          message: "If somebody here has this address, a code is on its way.",
          expires_in_seconds: codeLifeSeconds,
        };
        return withCookies(jsonResponse(visit.requestId, answer), [challenge(visit, begun.challenge, codeLifeSeconds)]);
      },
    },
    {
      ...routeOf(loginDoors.verifyLogin),
      handle: async (visit: Visit) => {
        const shown = parseInput(loginDoors.verifyLogin.input, await bodyOf(visit));
        const { connection, request, requestId } = visit;
        const begun = await login.verify({
          ...shown,
          challenge: cookieToken(request.headers, challengeCookieName) ?? "",
          address: connection.address,
          requestId,
        });
        const answer = { csrf_token: begun.csrfToken, expires_at: timeText(begun.expiresAtMs) };
        return withCookies(jsonResponse(requestId, answer), [
          session(visit, begun.token, sessionLifeSeconds),
          challenge(visit, "", 0),
        ]);
      },
    },
    {
      ...routeOf(loginDoors.logout),
      handle: async (visit, { session: current, userId }) => {
        if (current === undefined) throw new GatewayError("invalid_request", "There is no session to end.");
        await login.end(current.id, userId, visit.requestId);
        return withCookies(jsonResponse(visit.requestId, { message: "The session has ended." }), [
          session(visit, "", 0),
        ]);
      },
    },
  ];
}

/** Also behind somebody who serves TLS in our place and says so. */
function isSecure({ servesTls }: DoorParts, { request }: Visit): boolean {
  return servesTls || request.headers.get("x-forwarded-proto") === "https";
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const text of cookies) response.headers.append("set-cookie", text);
  return response;
}
