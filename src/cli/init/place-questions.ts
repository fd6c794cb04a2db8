import type { Asker } from "#cli/init/asker.ts";
import { withUsualRoutes } from "#cli/init/chosen-providers.ts";
import type { Draft } from "#cli/init/draft.ts";
import type { Surroundings } from "#cli/init/surroundings.ts";
import { hasConfiguration } from "#settings/change/init-files.ts";
import { profiles } from "#settings/profiles.ts";
import { isLoopback } from "#settings/resolve/blockers.ts";

/** Asks which profile; where it asks for a database that is not built yet, whether SQLite will do. */
export async function askProfile(asker: Asker, draft: Draft, { ownProfiles }: Surroundings): Promise<Draft> {
  const current = draft.plan.loaded.settings.profile;
  const offered = [...profiles, ...ownProfiles(draft.plan.configDir)];
  const choices = offered.map(({ name, summary }) => ({
    value: name,
    label: `${name.padEnd(10)}  ${inShort(summary)}`,
  }));
  const profileFlag = await asker.select("Profile to start from", choices, current);
  const chosen = profileFlag === current ? draft : withUsualRoutes(draft.choosing({ profileFlag }));
  const asksForMore = chosen.plan.loaded.blockers.some(({ key }) => key === "database.type");
  if (!asksForMore) return chosen;
  const question = `${profileFlag} asks for PostgreSQL, which is not built yet. SQLite for now?`;
  return (await asker.confirm(question, true)) ? chosen.with({ "database.type": "sqlite" }) : chosen;
}

/** Up to its colon, and what fits beside a name. */
const inShort = (summary: string): string => (summary.split(": ", 1)[0] ?? "").slice(0, 45);

const environments = [
  { value: "dev", label: "dev   trying things out" },
  { value: "test", label: "test  automated tests" },
  { value: "live", label: "live  the real thing" },
];

/** Asks which environment, that is which `<environment>/gateway.ini` holds. */
export async function askEnvironment(asker: Asker, draft: Draft): Promise<Draft> {
  const current = draft.plan.loaded.settings.environment;
  const envFlag = await asker.select("Environment", environments, current);
  return envFlag === current ? draft : draft.choosing({ envFlag });
}

/** Asks for the address; beyond this machine callers will need keys. */
export async function askHost(asker: Asker, draft: Draft, { probePort }: Surroundings): Promise<Draft> {
  const current = draft.valueOf("gateway.host");
  const check = (typed: string) =>
    // What is configured may be meant for another machine.
    typed !== current && typeof probePort(typed, 0) === "object"
      ? "An address of this machine, such as 127.0.0.1"
      : undefined;
  const typed = await asker.text("Address to listen on (0.0.0.0 for every network)", current, check);
  const chosen = draft.withAnswer("gateway.host", typed);
  if (isLoopback(typed) || chosen.plan.loaded.settings.gateway.auth.enabled) return chosen;
  asker.say("Beyond this machine callers need keys: gateway.auth.enabled = true.");
  return chosen.with({ "gateway.auth.enabled": "true" });
}

/** Asks for the port, until one is free or the person wants it all the same. */
export async function askPort(asker: Asker, draft: Draft, { probePort }: Surroundings): Promise<Draft> {
  const host = draft.valueOf("gateway.host");
  let suggested = draft.valueOf("gateway.port");
  for (;;) {
    const typed = await asker.text("Port", suggested, checkPort);
    const port = Number(typed);
    const chosen = draft.withAnswer("gateway.port", typed);
    const state = probePort(host, port);
    if (state === "free") return chosen;
    const trouble =
      state === "taken" ? `Port ${port} is taken.` : `Port ${port} cannot be listened on (${state.refused}).`;
    const free = portsAfter(port).find((candidate) => probePort(host, candidate) === "free");
    const hint = free === undefined ? "" : ` ${free} is free.`;
    // The gateway of this very configuration may be the one that listens.
    const isOwn = chosen === draft && hasConfiguration(draft.input);
    if (await asker.confirm(`${trouble}${hint} Keep ${port}?`, isOwn)) return chosen;
    suggested = String(free ?? port);
  }
}

const checkPort = (typed: string): string | undefined =>
  /^\d{1,5}$/.test(typed) && Number(typed) <= 65_535 ? undefined : "A number from 0 to 65535";

/** The next few; ports below 1024 are not for everybody. */
function portsAfter(port: number): readonly number[] {
  const first = Math.max(port + 1, 1024);
  return Array.from({ length: 20 }, (_, index) => first + index).filter((candidate) => candidate <= 65_535);
}
