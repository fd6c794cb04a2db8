import { z } from "zod";
import { operation } from "#core/api/operation.ts";
import { pageOf, pageShape } from "#core/api/paging.ts";
import { roles } from "#core/identity/user.ts";

const who = z.string().min(1).max(254);
const name = z.string().min(1).max(120);

/** A new user. */
export const createUserSchema = z.strictObject({
  email: z.email().max(254),
  name: name.optional(),
  role: z.enum(roles).default("gateway_user"),
});

/** A user as listed. */
export const userViewSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(roles),
  status: z.enum(["active", "inactive"]),
  /** RFC 3339, UTC. */
  created_at: z.string(),
});
export type UserView = z.infer<typeof userViewSchema>;

/** `/api/v1/users`. `id` may be an id, an e-mail or a unique name. */
export const userOperations = {
  listUsers: operation({
    method: "GET",
    path: "/users",
    permission: "users:read",
    summary: "Users, oldest first.",
    input: z.strictObject({ status: z.enum(["active", "inactive"]).optional(), ...pageShape }),
    output: pageOf(userViewSchema),
  }),
  createUser: operation({
    method: "POST",
    path: "/users",
    permission: "users:write",
    summary: "Make a user.",
    input: createUserSchema,
    output: userViewSchema,
    status: 201,
  }),
  findUser: operation({
    method: "GET",
    path: "/users/:id",
    permission: "users:read",
    summary: "One user.",
    input: z.strictObject({ id: who }),
    output: userViewSchema,
  }),
  updateUser: operation({
    method: "PATCH",
    path: "/users/:id",
    permission: "users:write",
    summary: "Change name, e-mail, role or status of a user; keys of an inactive user stop working at once.",
    input: z.strictObject({
      id: who,
      email: z.email().max(254).optional(),
      name: name.optional(),
      role: z.enum(roles).optional(),
      status: z.enum(["active", "inactive"]).optional(),
    }),
    output: userViewSchema,
  }),
  endSessions: operation({
    method: "DELETE",
    path: "/users/:id/sessions",
    permission: "profile:read",
    only: "oneself",
    summary: "Log a user out everywhere: sessions and codes under way end; of another user with users:write alone.",
    input: z.strictObject({ id: who }),
    output: z.object({ id: z.string(), ended: z.int() }),
  }),
  deleteUser: operation({
    method: "DELETE",
    path: "/users/:id",
    permission: "users:write",
    summary: "Erase a user: keys and sessions end, name and e-mail are forgotten, the books keep the bare id.",
    input: z.strictObject({ id: who }),
    output: userViewSchema,
  }),
};
