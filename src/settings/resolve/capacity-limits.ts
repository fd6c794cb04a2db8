import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { ModelConfiguration } from "#settings/schema/provider.ts";
import type { ProviderSettings, SchedulingSettings } from "#settings/settings.ts";

type Said = Pick<ModelConfiguration, "max_tokens_per_sec" | "max_rps" | "max_concurrent" | "max_context_length">;

/** The four limits of the configuration in the program's words; an absent one is none. */
export function capacityOf(said: Said): CapacityLimits {
  return {
    ...(said.max_tokens_per_sec !== undefined && { tokensPerSecond: said.max_tokens_per_sec }),
    ...(said.max_rps !== undefined && { requestsPerSecond: said.max_rps }),
    ...(said.max_concurrent !== undefined && { concurrent: said.max_concurrent }),
    ...(said.max_context_length !== undefined && { contextTokens: said.max_context_length }),
  };
}

/** A sentence for limits that were set and do not count, because scheduling is off or looks at fewer dimensions. */
export function capacityNotices(
  providers: readonly ProviderSettings[],
  { enabled, rules }: SchedulingSettings,
): readonly string[] {
  const namesOf = (counts: (limits: CapacityLimits) => boolean): string =>
    providers
      .filter(({ capacity, modelCapacity }) => [capacity, ...modelCapacity.values()].some(counts))
      .map(({ name }) => name)
      .join(", ");
  const limited = namesOf((limits) => Object.keys(limits).length > 0);
  if (!enabled) {
    return limited === "" ? [] : [`capacities of ${limited} do not count while scheduling.enabled is false`];
  }
  const inTokens = namesOf((limits) => limits.tokensPerSecond !== undefined || limits.contextTokens !== undefined);
  if (rules.capacityModel === "multi_dimensional" || inTokens === "") return [];
  return [
    `max_tokens_per_sec and max_context_length of ${inTokens} do not count while scheduling.capacity_model is simple`,
  ];
}
