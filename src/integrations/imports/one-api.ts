import type { ForeignRecords } from "#integrations/imports/foreign-records.ts";
import { ForeignConfiguration } from "#integrations/imports/foreign-configuration.ts";
import { knownProvider } from "#integrations/imports/known-provider.ts";
import { type Loose, numberIn, objectIn, textIn } from "#integrations/imports/loose.ts";
import { type ChannelFamily, channelVendor } from "#integrations/imports/one-api-channels.ts";

/** Tables of a one-api or new-api database, as rows. */
export interface OneApiTables {
  readonly users: readonly Loose[];
  readonly tokens: readonly Loose[];
  readonly channels: readonly Loose[];
}

/** Units of quota that are one dollar (`QuotaPerUnit` of both programs). */
const unitsPerDollar = 500_000n;
const nanosPerUnit = 1_000_000_000n / unitsPerDollar;

/** Reads users, tokens and channels. A token is presented as `sk-` and its key, and goes on working. Gives what it could not carry. */
export function readOneApi(
  tables: OneApiTables,
  family: ChannelFamily,
  records: ForeignRecords,
  nowMs: number,
): Pick<ForeignConfiguration, "text" | "notes"> {
  const built = new ForeignConfiguration(family);
  const users = new Map<number, string>();
  for (const row of tables.users) takeUser(row, records, nowMs, users, built.notes);
  for (const row of tables.tokens) takeToken(row, records, nowMs, users, built.notes);
  takeChannels(tables.channels, family, built);
  return built;
}

function takeUser(
  row: Loose,
  records: ForeignRecords,
  nowMs: number,
  users: Map<number, string>,
  notes: string[],
): void {
  const foreignId = numberIn(row.id);
  if (foreignId === undefined || row.deleted_at) return;
  const name = textIn(row.username) ?? `user ${foreignId}`;
  const email = textIn(row.email);
  const role = numberIn(row.role) ?? 1;
  const id = records.user({
    foreignId: String(foreignId),
    ...(email?.includes("@") === true && { email }),
    name: textIn(row.display_name) ?? name,
    // Its root too: who is root here is settled here.
    role: role >= 10 ? "gateway_admin" : "gateway_user",
    active: numberIn(row.status) === 1,
    createdAtMs: seconds(row.created_time) ?? seconds(row.created_at) ?? nowMs,
  });
  users.set(foreignId, id);
  const left = units(row.quota);
  const used = units(row.used_quota);
  // What is left and what is used are one budget for ever; administrators have none there either.
  if (role < 10) records.budget(budgetOf("user", id, left, used));
  const group = textIn(row.group);
  if (group !== undefined && group !== "default")
    notes.push(`${name}: the group ${group} and its ratio could not be carried.`);
}

function takeToken(
  row: Loose,
  records: ForeignRecords,
  nowMs: number,
  users: ReadonlyMap<number, string>,
  notes: string[],
): void {
  const [id, key] = [numberIn(row.id), textIn(row.key)];
  const userId = users.get(numberIn(row.user_id) ?? -1);
  const name = textIn(row.name) ?? `token ${id}`;
  if (id === undefined || key === undefined || userId === undefined || row.deleted_at) {
    notes.push(`The token ${name} was left out: it has no key, or its user is not there.`);
    return;
  }
  const text = key.startsWith("sk-") ? key : `sk-${key}`;
  const expires = numberIn(row.expired_time) ?? -1;
  const models = namesIn(row.models ?? (row.model_limits_enabled ? row.model_limits : undefined));
  const addresses = namesIn(row.subnet ?? row.allow_ips);
  // Used up there is a budget without a rest here; only what was switched off stays off.
  const revoked = numberIn(row.status) === 2;
  const keyId = records.key({
    foreignId: String(id),
    userId,
    name,
    shown: text.slice(0, 8),
    secret: { text },
    createdAtMs: seconds(row.created_time) ?? nowMs,
    ...(expires > 0 && { expiresAtMs: expires * 1_000 }),
    revoked,
    ...(models.length > 0 && { models }),
    ...(addresses.length > 0 && { addresses }),
  });
  if (!row.unlimited_quota) records.budget(budgetOf("key", keyId, units(row.remain_quota), units(row.used_quota)));
}

function takeChannels(channels: readonly Loose[], family: ChannelFamily, built: ForeignConfiguration): void {
  const targets = new Map<string, { readonly target: string; readonly priority: number; readonly weight: number }[]>();
  for (const row of channels) {
    const name = textIn(row.name) ?? `channel ${textIn(row.id)}`;
    const vendor = channelVendor(family, numberIn(row.type) ?? 0);
    const keys = (textIn(row.key) ?? "")
      .split("\n")
      .map((key) => key.trim())
      .filter(Boolean);
    const account = {
      vendor: vendor ?? "",
      baseUrl: withVersion(textIn(row.base_url), vendor),
      apiKey: keys.length > 1 ? undefined : keys[0],
    };
    const known = knownProvider(account);
    if (typeof known === "string") {
      built.notes.push(`The channel ${name} was left out: ${known}.`);
      continue;
    }
    const several = keys.length > 1 ? { api_keys: keys.join(", ") } : {};
    const off = numberIn(row.status) === 1 ? {} : { enabled: "false" };
    const provider = built.provider({ name, keys: { ...known.keys, ...several, ...off } });
    const mapping = objectIn(parse(textIn(row.model_mapping)));
    for (const model of namesIn(row.models)) {
      const asked = textIn(mapping[model]) ?? model;
      const listed = targets.get(model) ?? [];
      const weight = Math.min(1000, Math.max(1, Math.round(numberIn(row.weight) ?? 1)));
      listed.push({ target: `${provider}/${asked}`, priority: numberIn(row.priority) ?? 0, weight });
      targets.set(model, listed);
    }
    const lost = ["other", "param_override", "header_override", "proxy", "plugin"].filter((field) => said(row[field]));
    if (lost.length > 0) built.notes.push(`The channel ${name}: ${lost.join(", ")} could not be carried.`);
  }
  for (const [model, listed] of targets) {
    // Higher priorities are asked first; channels of one priority share the calls.
    const priorities = [...Map.groupBy(listed, ({ priority }) => priority)].toSorted(([one], [other]) => other - one);
    const pools = priorities.map(([, pool]) => pool.map(({ target, weight }) => `${target}@${weight}`).join(" | "));
    built.route(model, pools.join(", "));
  }
}

/** Both programs add `/v1` and the rest themselves. */
function withVersion(baseUrl: string | undefined, vendor: string | undefined): string | undefined {
  const bare = baseUrl?.replace(/\/+$/, "");
  if (bare === undefined || vendor === "azure" || vendor === "gemini" || /\/v\d[a-z0-9]*$/.test(bare)) return bare;
  return `${bare}/v1`;
}

function budgetOf(scope: "user" | "key", scopeId: string, left: bigint, used: bigint) {
  const limit = left + used < 0n ? 0n : left + used;
  return {
    scope,
    scopeId,
    window: "total",
    limitNanos: limit * nanosPerUnit,
    spentNanos: used * nanosPerUnit,
  } as const;
}

function units(value: unknown): bigint {
  return BigInt(Math.round(numberIn(value) ?? 0));
}

function seconds(value: unknown): number | undefined {
  const at = numberIn(value);
  return at !== undefined && at > 0 ? at * 1_000 : undefined;
}

function namesIn(value: unknown): readonly string[] {
  return (textIn(value) ?? "")
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter(Boolean);
}

function said(value: unknown): boolean {
  const text = textIn(value);
  return text !== undefined && text !== "{}" && text !== "null";
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
