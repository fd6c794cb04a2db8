import { z } from "zod";

/** Shapes of `/api/v1/users`. */
export const createUserSchema = z.strictObject({
  email: z.email().max(254),
  name: z.string().min(1).max(120).optional(),
  role: z.enum(["gateway_admin", "gateway_user"]).default("gateway_user"),
});
export type CreateUser = z.input<typeof createUserSchema>;

/** A user as listed. */
export const userViewSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(["root_admin", "gateway_admin", "gateway_user"]),
  status: z.enum(["active", "inactive"]),
  /** RFC 3339, UTC. */
  created_at: z.string(),
});
export type UserView = z.infer<typeof userViewSchema>;
