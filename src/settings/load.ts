import { GatewayError } from "#core/errors.ts";
import type { Problem } from "#settings/entry.ts";
import { readLayers } from "#settings/layers/layer-stack.ts";
import type { LoadedSettings, LoadInput } from "#settings/loaded.ts";
import { problemLine, refuseProblems } from "#settings/problems.ts";
import { findBlockers } from "#settings/resolve/blockers.ts";
import { buildProviders } from "#settings/resolve/build-providers.ts";
import { buildRoutes, localRoutes } from "#settings/resolve/build-routes.ts";
import { buildScheduling } from "#settings/resolve/build-scheduling.ts";
import { buildSettings } from "#settings/resolve/build-settings.ts";
import { capacityNotices } from "#settings/resolve/capacity-limits.ts";
import { checkSchema } from "#settings/resolve/check-schema.ts";
import { explainValues } from "#settings/resolve/explain-values.ts";
import { inactiveKeys } from "#settings/resolve/inactive-keys.ts";
import { mergeLayers, unknownKeys } from "#settings/resolve/merge.ts";
import { resolveValues } from "#settings/resolve/resolve-values.ts";
import { timeRuleProblems } from "#settings/time-rules/time-rule-problems.ts";

export type { Blocker, InactiveKey, LoadedSettings, LoadInput, ResolvedValue, Said } from "#settings/loaded.ts";

/**
 * Reads, merges, resolves and checks the configuration. Throws one `config_invalid` that lists every problem as
 * `file:line: key: what`. What parses and must not be served is in `blockers`; what does nothing yet in `inactive`.
 */
export function loadSettings(input: LoadInput): LoadedSettings {
  const stack = readLayers(input);
  const merged = mergeLayers(stack.layers);
  const resolved = resolveValues(merged, { ...input, configDir: stack.configDir });
  const early: Problem[] = [...stack.problems, ...unknownKeys(merged), ...resolved.problems];
  const { configuration, problems } = checkSchema(resolved.values);
  const built = buildProviders(configuration.providers, merged);
  const routed = buildRoutes(resolved.values, Object.keys(configuration.providers), built.idle);
  const { scheduling, problems: contradictions } = buildScheduling(configuration, merged);
  const settings = buildSettings(configuration, stack.configDir, {
    scheduling,
    providers: built.providers,
    routes: [...routed.routes, ...localRoutes(built.providers, routed.routes)],
  });
  const timed = timeRuleProblems(settings, merged, input.readFile);
  refuseProblems([...early, ...problems, ...built.problems, ...routed.problems, ...contradictions, ...timed]);
  return {
    settings,
    values: explainValues(merged, configuration),
    notices: [...stack.notices, ...built.notices, ...capacityNotices(built.providers, scheduling)],
    inactive: [...inactiveKeys(merged, configuration), ...built.inactive, ...routed.inactive],
    blockers: findBlockers(configuration, merged, resolved.vault),
  };
}

/** Refuses a database that is not built yet, in the words of `serve`: nothing is kept elsewhere than the configuration says. */
export function refuseOtherDatabase({ blockers }: Pick<LoadedSettings, "blockers">): void {
  refuseBlockers({ blockers: blockers.filter(({ key }) => key === "database.type") });
}

/** Throws `config_invalid` listing every blocker; `serve` calls it before anything starts. */
export function refuseBlockers(loaded: Pick<LoadedSettings, "blockers">): void {
  if (loaded.blockers.length === 0) return;
  const lines = loaded.blockers.map(({ key, reason, ...place }) => {
    const text = `${key}: ${reason}`;
    return problemLine(place.file === undefined ? { text } : { origin: { layer: "flag", ...place }, text });
  });
  throw new GatewayError("config_invalid", ["refusing to serve:", ...lines.map((line) => `  ${line}`)].join("\n"));
}
