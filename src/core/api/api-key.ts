import { z } from "zod";
import { keyPolicySchema, keyPolicyViewSchema } from "#core/api/key-policy.ts";
import { operation } from "#core/api/operation.ts";
import { pageOf, pageShape } from "#core/api/paging.ts";
import { permissions } from "#core/identity/permission.ts";

const id = z.string().min(1).max(200);
const name = z.string().min(1).max(120);
const time = z.iso.datetime({ offset: true });
/** Words to find and to budget by: `ci`, `project=search`. */
export const tagSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/=-]{0,99}$/, "is no tag such as ci or project=search");
const labels = z.array(tagSchema).max(20);
/** Addresses or ranges in CIDR notation (RFC 4632) that the key works from; empty is everywhere. */
const addresses = z.array(z.string().min(2).max(64)).max(100);

/** A new key. */
export const createKeySchema = keyPolicySchema.extend({
  /** Id, e-mail or name of the owner. */
  user: z.string().min(1).max(254),
  /** Id or name of the team that the key belongs to: its budgets, its default policy, its tenant. */
  team: z.string().min(1).max(254).optional(),
  name,
  /** Permissions of the key; what a caller of models needs when left out. */
  scopes: z.array(z.enum(permissions)).nonempty().max(permissions.length).optional(),
  labels: labels.optional(),
  addresses: addresses.optional(),
  /** RFC 3339 with zone; never when left out. */
  expires_at: time.optional(),
});
export type CreateKey = z.input<typeof createKeySchema>;

/** What changes of a key; what is not named stays. */
export const updateKeySchema = keyPolicySchema.extend({
  name: name.optional(),
  labels: labels.optional(),
  addresses: addresses.optional(),
  /** Null takes the end away. */
  expires_at: time.nullish(),
});
export type UpdateKey = z.input<typeof updateKeySchema>;

/** A key as listed. */
export const keyViewSchema = z.object({
  id: z.string(),
  user_id: z.string(),
  team_id: z.string().nullable(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  labels: z.array(z.string()),
  addresses: z.array(z.string()),
  status: z.enum(["active", "revoked", "expired"]),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  /** To the minute; null until it was used. */
  last_used_at: z.string().nullable(),
  ...keyPolicyViewSchema.shape,
});
export type KeyView = z.infer<typeof keyViewSchema>;

/** The only answer that ever holds the key itself. */
export const issuedKeySchema = keyViewSchema.extend({ key: z.string() });
export type IssuedKeyView = z.infer<typeof issuedKeySchema>;

/** `/api/v1/keys`. */
export const keyOperations = {
  listKeys: operation({
    method: "GET",
    path: "/keys",
    permission: "keys:read",
    summary: "Keys that the caller may see, oldest first.",
    input: z.strictObject({
      user: z.string().min(1).max(254).optional(),
      team: z.string().min(1).max(254).optional(),
      label: tagSchema.optional(),
      ...pageShape,
    }),
    output: pageOf(keyViewSchema),
  }),
  createKey: operation({
    method: "POST",
    path: "/keys",
    permission: "keys:write",
    summary: "Make a key; the answer is the only one that ever shows it.",
    input: createKeySchema,
    output: issuedKeySchema,
    status: 201,
  }),
  findKey: operation({
    method: "GET",
    path: "/keys/:id",
    permission: "keys:read",
    summary: "One key.",
    input: z.strictObject({ id }),
    output: keyViewSchema,
  }),
  updateKey: operation({
    method: "PATCH",
    path: "/keys/:id",
    permission: "keys:write",
    summary: "Change what is settled for a key; it counts at once.",
    input: updateKeySchema.extend({ id }),
    output: keyViewSchema,
  }),
  rotateKey: operation({
    method: "POST",
    path: "/keys/:id/rotate",
    permission: "keys:write",
    summary: "Give a key a new secret under the same id; the old one works on for the overlap.",
    input: z.strictObject({ id, overlap_seconds: z.coerce.number().int().min(0).max(2_592_000).default(0) }),
    output: issuedKeySchema,
  }),
  revokeKey: operation({
    method: "DELETE",
    path: "/keys/:id",
    permission: "keys:write",
    summary: "Revoke a key; it and all keys that it has made stop working at once.",
    input: z.strictObject({ id }),
    output: keyViewSchema,
  }),
};
