import { requestLines } from "#cli/banner.ts";
import { placeFlags } from "#cli/choosing-flags.ts";
import { reachableUrl } from "#cli/reachable-url.ts";
import { shellWord } from "#cli/shell-word.ts";
import { listeningUrl } from "#core/listening-url.ts";
import type { DaemonStatus } from "#platform/daemon-status.ts";
import type { LoadedSettings, LoadInput } from "#settings/loaded.ts";
import type { Settings } from "#settings/settings.ts";

/** The command that runs the gateway on what `init` wrote. */
export function serveCommand(input: Pick<LoadInput, "configDirFlag" | "rootFlag">): string {
  return ["tokligence serve", ...placeFlags(input)].join(" ");
}

/** What comes next: what a gateway still refuses, how it comes into force, a first request that works as pasted, and a tool. */
export function nextSteps(
  input: LoadInput,
  { settings, blockers }: LoadedSettings,
  running: Pick<DaemonStatus, "pid"> | undefined,
): readonly string[] {
  const { auth } = settings.gateway;
  const url = reachableUrl(listeningUrl(settings.gateway));
  const model = firstModel(settings);
  const asking = auth.enabled ? "Ask it something, with a key that serve tells how to make:" : "Ask it something:";
  // Environment and profile stand in what was written.
  const chosen = placeFlags(input);
  const refused = blockers.map(({ remedy }) =>
    remedy.startsWith("tokligence ") ? [remedy, ...chosen].join(" ") : remedy,
  );
  return [
    ...refused.map((remedy) => `Before it ${running === undefined ? "starts" : "counts"}: ${remedy}`),
    ...(running === undefined ? [`Start it: ${serveCommand(input)}`] : reloadLines(input, settings, running)),
    ...(model === undefined
      ? [`No model has a route yet: ${["tokligence init --add-provider openai", ...chosen].join(" ")}`]
      : [asking, ...requestLines(url, model, auth.enabled)]),
    ...launchStep(input, settings, model),
  ];
}

function reloadLines(input: LoadInput, { gateway }: Settings, { pid }: Pick<DaemonStatus, "pid">): readonly string[] {
  const process = pid === undefined ? "A process" : `Process ${pid}`;
  const when = gateway.watchConfig ? "by itself, within three seconds" : `when told: kill -HUP ${pid ?? "PID"}`;
  return [
    `${process} serves it and takes changes over ${when}`,
    `What waits for its restart: ${["tokligence config status", ...placeFlags(input)].join(" ")}`,
  ];
}

/** Claude Code asks for Claude's models unless it is told another. */
function launchStep(input: LoadInput, { routes }: Settings, model: string | undefined): readonly string[] {
  if (model === undefined || model === "loopback") return [];
  const told = routes.some(({ pattern }) => pattern === "claude-*") ? [] : ["--model", shellWord(model)];
  return [`Work with it: ${["tokligence launch claude", ...told, ...placeFlags(input)].join(" ")}`];
}

/** Models that the vendors have had for long, by the pattern that leads there. */
const lastingModels: readonly (readonly [pattern: string, model: string])[] = [
  ["gpt-*", "gpt-4o-mini"],
  ["claude-*", "claude-sonnet-4-5"],
  ["gemini-*", "gemini-2.5-flash"],
];

/** A model that exists: the name `default`, one that was named, one of a vendor, else the built-in one; undefined when there is none. */
function firstModel({ routes }: Settings): string | undefined {
  const patterns = routes.map(({ pattern }) => pattern);
  const exact = patterns.filter((pattern) => !pattern.includes("*"));
  return (
    exact.find((name) => name === "default") ??
    exact.find((name) => name !== "loopback") ??
    lastingModels.find(([pattern]) => patterns.includes(pattern))?.[1] ??
    exact[0]
  );
}
