import { z } from "zod";
import type { ApiDoor } from "#core/api/open-api.ts";
import { addressPattern } from "#core/identity/address.ts";

const address = z.string().regex(addressPattern, "is no e-mail address");

/** Who wants to log in. `/api/v1/auth/**` also sets and clears cookies, and is therefore doors of its own. */
const loginSchema = z.strictObject({ email: address });
/** The same for every address, known or not. */
const loginAnswerSchema = z.object({ message: z.string(), expires_in_seconds: z.int() });
/** A code as shown. */
const verifySchema = z.strictObject({
  email: address,
  code: z.string().regex(/^\d{6}$/, "is six digits"),
});
/** A session that has begun. */
const verifyAnswerSchema = z.object({
  /** What every changing request of the session repeats in the header `x-csrf-token`. */
  csrf_token: z.string(),
  expires_at: z.string(),
});
export type Login = z.input<typeof loginSchema>;

/** The doors of `/api/v1/auth/**` as the OpenAPI document shows them. */
export const loginDoors = {
  login: {
    method: "POST",
    path: "/auth/login",
    permission: "public",
    summary: "Have a one-time code sent; sets the cookie `tokligence_login` that `verifyLogin` wants beside it.",
    input: loginSchema,
    output: loginAnswerSchema,
  },
  verifyLogin: {
    method: "POST",
    path: "/auth/verify",
    permission: "public",
    summary: "Turn the code into a session; sets the cookie `tokligence_session`.",
    input: verifySchema,
    output: verifyAnswerSchema,
  },
  logout: {
    method: "POST",
    path: "/auth/logout",
    permission: "profile:read",
    summary: "End the session.",
    input: z.strictObject({}),
    output: z.object({ message: z.string() }),
  },
} as const satisfies Readonly<Record<string, ApiDoor>>;
