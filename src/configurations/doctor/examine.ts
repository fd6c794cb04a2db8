import { join } from "node:path";
import { accountFindings } from "#core/doctor/account-findings.ts";
import { clockFindings } from "#core/doctor/clock-findings.ts";
import type { Finding } from "#core/doctor/finding.ts";
import { machineFindings } from "#core/doctor/machine-findings.ts";
import type { ProviderCheck } from "#core/routing/provider-check.ts";
import { type CheckParts, checkProviders, chosenProviders, withClient } from "#configurations/provider-checks.ts";
import { callFindings } from "#configurations/doctor/calls.ts";
import { readConfiguration } from "#configurations/doctor/configuration.ts";
import { diskOf, readData } from "#configurations/doctor/data.ts";
import { askDaemon } from "#configurations/doctor/daemon.ts";
import type { Examined } from "#configurations/doctor/examined.ts";
import { limitFindings } from "#configurations/doctor/limits.ts";
import { closedPlace, permissionFindings } from "#configurations/doctor/permissions.ts";
import { portFindings } from "#configurations/doctor/ports.ts";
import { providerFindings } from "#configurations/doctor/providers.ts";
import { routeFindings } from "#configurations/doctor/routes.ts";
import { systemClock } from "#platform/effects.ts";
import { descriptorLimit } from "#platform/machine-facts.ts";
import { memoryLimitBytes } from "#platform/process-memory.ts";
import { builtAt } from "#platform/version.ts";
import { configDirectory } from "#settings/config-directory.ts";
import type { LoadInput } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

/** What an examination is asked for. */
export interface Wishes {
  /** Nothing is dialled. */
  readonly offline: boolean;
  /** Each provider is asked a real question, which may cost a little. */
  readonly call: boolean;
  /** Only these providers are asked; all when empty. */
  readonly providers: readonly string[];
}

/** Everything that was found. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** What the providers answered; empty offline. */
  readonly providers: readonly ProviderCheck[];
}

/**
 * Looks at everything that `serve` needs, whether it runs or not, and changes nothing. With a configuration that cannot be read
 * the rest is looked at where it lies by default. Rejects with `usage` for a provider that is not configured.
 */
export async function examine(input: LoadInput, wishes: Wishes, parts?: CheckParts): Promise<Examination> {
  const nowMs = systemClock.now();
  const { loaded, findings: configuration } = readConfiguration(input);
  // A name that no provider has is a mistake in the command, whatever else is found.
  if (loaded !== undefined) chosenProviders(loaded.settings, wishes.providers);
  const dataDir = loaded?.settings.dataDir ?? configDirectory(input);
  const databasePath = loaded?.settings.database.path ?? join(dataDir, "gateway.db");
  const closed = closedPlace(dataDir, databasePath);
  if (closed !== undefined) return { findings: [...configuration, closed], providers: [] };
  const data = readData(dataDir, databasePath, nowMs);
  const permissions = permissionFindings(loaded, dataDir, databasePath);
  const lying = [...configuration, ...permissions, ...data.findings, ...diskOf(dataDir)];
  if (loaded === undefined) return { findings: lying, providers: [] };
  const { daemon, findings: running } = await askDaemon(dataDir);
  const examined: Examined = { loaded, daemon, database: data.database };
  const { checks, answers } = await asked(loaded.settings, wishes, parts);
  const { gateway } = loaded.settings;
  const facts = { descriptors: descriptorLimit(), memoryLimitBytes: memoryLimitBytes(gateway.memoryLimitBytes) };
  const accounts = data.database?.books?.accounts;
  return {
    providers: checks,
    findings: [
      ...lying,
      ...running,
      ...portFindings(examined),
      ...routeFindings(examined),
      ...providerFindings(examined, checks),
      ...answers,
      ...limitFindings(loaded.settings),
      ...(accounts === undefined ? [] : accountFindings(accounts, gateway.auth.enabled)),
      ...machineFindings(facts, gateway.maxConcurrentRequests),
      ...clockFindings({ nowMs, pastMs: pastTimes(examined), checks }),
    ],
  };
}

/** What the providers list, and what they answer; nothing of either offline. */
async function asked(settings: Settings, { offline, call, providers }: Wishes, parts: CheckParts | undefined) {
  if (offline) return { checks: [], answers: [] };
  return withClient(parts, async (around) => ({
    checks: await checkProviders(settings, providers, around),
    answers: call ? await callFindings(settings, providers, around) : [],
  }));
}

function pastTimes({ database }: Examined): readonly { readonly what: string; readonly atMs: number }[] {
  const builtAtMs = Date.parse(builtAt);
  const newestRowMs = database?.books?.newestRowMs;
  return [
    ...(Number.isNaN(builtAtMs) ? [] : [{ what: "this program was built", atMs: builtAtMs }]),
    ...(newestRowMs === undefined ? [] : [{ what: "the newest row of the books was written", atMs: newestRowMs }]),
  ];
}
