import { GatewayError } from "#core/errors.ts";
import type { BudgetWindow } from "#core/budgets/budget.ts";
import type { ForeignRecords } from "#integrations/imports/foreign-records.ts";
import { countIn, listIn, type Loose, nanosIn, objectIn, textIn, timeIn } from "#integrations/imports/loose.ts";

/** Names that LiteLLM keeps for lists settled elsewhere. */
const specialModels = new Set(["all-proxy-models", "all-team-models", "no-default-models"]);
const dayMs = 86_400_000;

/**
 * Reads a list of LiteLLM's keys: the answer of `/key/list?return_full_object=true`, or rows of `LiteLLM_VerificationToken`
 * as JSON. Keys go on working, since the SHA-256 of their text is what both sides know. Gives notes.
 */
export function readLitellmKeys(text: string, records: ForeignRecords, nowMs: number): readonly string[] {
  const notes: string[] = [];
  for (const listed of listedKeys(text)) {
    const key = objectIn(typeof listed === "string" ? { token: listed } : listed);
    const token = textIn(key.token);
    const named = textIn(key.key_alias) ?? textIn(key.key_name) ?? token?.slice(0, 12) ?? "?";
    if (token === undefined || !/^[0-9a-f]{64}$/.test(token)) {
      notes.push(`The key ${named} was left out: its token is no SHA-256.`);
      continue;
    }
    takeKey(key, token, named, records, nowMs, notes);
  }
  return notes;
}

function takeKey(
  key: Loose,
  token: string,
  named: string,
  records: ForeignRecords,
  nowMs: number,
  notes: string[],
): void {
  const createdAtMs = timeIn(key.created_at) ?? nowMs;
  const owner = textIn(key.user_id) ?? "default_user_id";
  const email = textIn(key.user_email) ?? (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(owner) ? owner : undefined);
  const userId = records.user({
    foreignId: owner,
    ...(email !== undefined && { email }),
    name: owner,
    role: "gateway_user",
    active: true,
    createdAtMs,
  });
  const team = textIn(key.team_id);
  const teamId = team === undefined ? undefined : records.team(team, textIn(key.team_alias) ?? team, createdAtMs);
  if (teamId !== undefined) records.member(teamId, userId, "member");
  const listedModels = listIn(key.models).flatMap((model) => textIn(model) ?? []);
  const models = allowedModels(listedModels);
  if (listedModels.includes("all-team-models")) {
    const left = models === undefined ? "every model" : "the models that it names itself";
    notes.push(`The key ${named} may ask for ${left}: those of its team could not be carried.`);
  }
  if (models?.length === 0) notes.push(`The key ${named} may ask for no model, as before: allow it some.`);
  const expiresAtMs = timeIn(key.expires);
  const [requests, tokens, concurrent] = [
    countIn(key.rpm_limit),
    countIn(key.tpm_limit),
    countIn(key.max_parallel_requests),
  ];
  const id = records.key({
    foreignId: token,
    userId,
    ...(teamId !== undefined && { teamId }),
    name: named,
    shown: (textIn(key.key_name) ?? "sk-...").slice(0, 12),
    secret: { sha256: token },
    createdAtMs,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    revoked: key.blocked === true,
    ...(models !== undefined && { models }),
    ...(requests !== undefined && { requestsPerMinute: requests }),
    ...(tokens !== undefined && { tokensPerMinute: tokens }),
    ...(concurrent !== undefined && { concurrent }),
  });
  takeBudget(key, id, named, records, notes);
  const lost = ["aliases", "config", "permissions", "model_max_budget", "soft_budget_cooldown", "budget_id"].filter(
    (name) => isSaid(key[name]),
  );
  if (lost.length > 0) notes.push(`The key ${named}: ${lost.join(", ")} could not be carried.`);
}

/** Every model when undefined, and none when empty: `no-default-models` takes all away that are not named. */
function allowedModels(listed: readonly string[]): readonly string[] | undefined {
  const named = listed.filter((model) => !specialModels.has(model));
  const isNone = listed.length > 0 && listed.every((model) => model === "no-default-models");
  return named.length > 0 || isNone ? named : undefined;
}

function takeBudget(key: Loose, id: string, named: string, records: ForeignRecords, notes: string[]): void {
  const limitNanos = nanosIn(key.max_budget);
  if (limitNanos === undefined || limitNanos < 0n) return;
  const duration = textIn(key.budget_duration);
  const { window, exact } = windowOf(duration);
  if (!exact) {
    notes.push(`The budget of ${named} began anew after ${duration}: here it is for each ${window}, which is no more.`);
  }
  const spent = nanosIn(key.spend) ?? 0n;
  records.budget({ scope: "key", scopeId: id, window, limitNanos, spentNanos: spent });
}

/** The shortest window that is no shorter, so that nobody may spend more than before. */
function windowOf(duration: string | undefined): { readonly window: BudgetWindow; readonly exact: boolean } {
  if (duration === undefined) return { window: "total", exact: true };
  const units: Readonly<Record<string, number>> = {
    s: 1_000,
    m: 60_000,
    h: 3_600_000,
    d: dayMs,
    w: 7 * dayMs,
    mo: 30 * dayMs,
  };
  const [, count = "0", unit = ""] = /^(\d+)(mo|[smhdw])$/.exec(duration) ?? [];
  const durationMs = Number(count) * (units[unit] ?? 0);
  if (durationMs <= 0) return { window: "total", exact: false };
  if (durationMs <= dayMs) return { window: "day", exact: durationMs === dayMs };
  if (durationMs <= 31 * dayMs) return { window: "month", exact: durationMs >= 30 * dayMs };
  return { window: "total", exact: false };
}

function isSaid(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

function listedKeys(text: string): readonly unknown[] {
  const parsed = parse(text);
  if (Array.isArray(parsed)) return parsed;
  const { keys, data } = objectIn(parsed);
  const listed = keys ?? data;
  if (Array.isArray(listed)) return listed;
  throw new GatewayError("invalid_request", "The list of LiteLLM's keys is no JSON with a list of keys.");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
