import type { LocalServer, ProviderCheck } from "#core/routing/provider-check.ts";
import { type PortState, probePort } from "#platform/port-probe.ts";
import { ownProfiles } from "#settings/own-profiles.ts";
import type { Profile } from "#settings/profiles.ts";
import type { Settings } from "#settings/settings.ts";

/** What `init` may look at beyond files and variables; tests give another. */
export interface Surroundings {
  /** Asks the usual ports of loopback, nothing else. */
  readonly findLocalServers: () => Promise<readonly LocalServer[]>;
  /** Asks these providers for their lists of models. */
  readonly checkProviders: (settings: Settings, names: readonly string[]) => Promise<readonly ProviderCheck[]>;
  readonly ownProfiles: (configDir: string) => readonly Profile[];
  readonly probePort: (host: string, port: number) => PortState;
}

/** This machine. What it takes to ask providers is loaded when it is asked for: most runs of `init` need none of it. */
export const surroundings: Surroundings = {
  findLocalServers: async () => (await checks()).findLocalServers(),
  checkProviders: async (settings, names) => (await checks()).checkProviders(settings, names),
  ownProfiles,
  probePort,
};

const checks = () => import("#configurations/provider-checks.ts");
