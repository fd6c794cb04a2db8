import { z } from "zod";
import { keyPolicySchema, keyPolicyViewSchema } from "#core/api/key-policy.ts";
import { permissions } from "#core/identity/permission.ts";

/** Shapes of `/api/v1/keys`. */
export const createKeySchema = keyPolicySchema.extend({
  /** Id, e-mail or name of the owner. */
  user: z.string().min(1).max(254),
  name: z.string().min(1).max(120),
  /** Permissions of the key; what a caller of models needs when left out. */
  scopes: z.array(z.enum(permissions)).nonempty().optional(),
  /** RFC 3339 with zone; never when left out. */
  expires_at: z.iso.datetime({ offset: true }).optional(),
});
export type CreateKey = z.input<typeof createKeySchema>;

/** What changes of a key. */
export const updateKeySchema = keyPolicySchema;
export type UpdateKey = z.input<typeof updateKeySchema>;

/** A key as listed. */
export const keyViewSchema = z.object({
  id: z.string(),
  user_id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  status: z.enum(["active", "revoked", "expired"]),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  ...keyPolicyViewSchema.shape,
});
export type KeyView = z.infer<typeof keyViewSchema>;

/** The only answer that ever holds the key itself. */
export const issuedKeySchema = keyViewSchema.extend({ key: z.string() });
export type IssuedKeyView = z.infer<typeof issuedKeySchema>;
