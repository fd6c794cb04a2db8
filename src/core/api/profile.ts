import { z } from "zod";
import { budgetViewSchema } from "#core/api/budget.ts";
import { operation } from "#core/api/operation.ts";
import { listOf } from "#core/api/paging.ts";
import { memberRoles } from "#core/identity/team.ts";
import { roles } from "#core/identity/user.ts";

/** Who the caller is, and what it may do. */
const profileViewSchema = z.object({
  /** What proved it. */
  kind: z.enum(["root", "session", "key", "local"]),
  /** Null where no user stands behind the caller. */
  user: z.object({ id: z.string(), email: z.string(), name: z.string(), role: z.enum(roles) }).nullable(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  teams: z.array(z.object({ id: z.string(), name: z.string(), role: z.enum(memberRoles) })),
  key_id: z.string().nullable(),
  /** Whether this gateway is set up to offer capacity to others; nothing is offered before an exchange is connected. */
  provider_role: z.boolean(),
  /** Tokens that the exchange gives away, as configured; null before one is connected. */
  free_quota: z.object({ tokens: z.int() }).nullable(),
  budgets: z.array(budgetViewSchema),
  /** What a changing request of this session has to repeat in `x-csrf-token`; null without a session. */
  csrf_token: z.string().nullable(),
});
export type ProfileView = z.infer<typeof profileViewSchema>;

/** A configured provider. */
const providerViewSchema = z.object({
  name: z.string(),
  type: z.string(),
  /** Models it is configured with; empty where it takes any. */
  models: z.array(z.string()),
  health: z.enum(["closed", "half-open", "open"]),
});
export type ProviderView = z.infer<typeof providerViewSchema>;

/** What this gateway answers for, and at which price. */
const serviceViewSchema = z.object({
  model: z.string(),
  providers: z.array(z.string()),
  input_usd: z.string().nullable(),
  output_usd: z.string().nullable(),
  context_window: z.int().nullable(),
  /** `local`: before an exchange is connected, services are this gateway's own. */
  origin: z.literal("local"),
});
export type ServiceView = z.infer<typeof serviceViewSchema>;

/** A name, or for models a pattern such as `gpt-*`. */
const text = z.string().min(1).max(254).optional();

/** `/api/v1/profile`, `/providers`, `/services`. */
export const profileOperations = {
  findProfile: operation({
    method: "GET",
    path: "/profile",
    permission: "profile:read",
    summary: "Who the caller is, and what it may do.",
    input: z.strictObject({}),
    output: profileViewSchema,
  }),
  listProviders: operation({
    method: "GET",
    path: "/providers",
    permission: "models:read",
    summary: "Providers that this gateway is configured with.",
    input: z.strictObject({ type: text, model: text, sort: z.enum(["name", "type"]).optional() }),
    output: listOf(providerViewSchema),
  }),
  listServices: operation({
    method: "GET",
    path: "/services",
    permission: "models:read",
    summary: "Models that this gateway answers for, with their list prices.",
    input: z.strictObject({
      model: text,
      provider: text,
      sort: z.enum(["model", "input_usd", "output_usd", "context_window"]).optional(),
    }),
    output: listOf(serviceViewSchema),
  }),
};
