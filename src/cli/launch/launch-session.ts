import { z } from "zod";
import { askableNames, checkModel, listedModels, namesText } from "#cli/launch/gateway-models.ts";
import { makeLaunchKey } from "#cli/launch/launch-key.ts";
import { furnish, newLaunchPlace, ownSettings } from "#cli/launch/launch-place.ts";
import type { LaunchSession, LaunchTool } from "#cli/launch/launch-tool.ts";
import { reachableUrl } from "#cli/reachable-url.ts";
import { listeningUrl } from "#core/listening-url.ts";
import { GatewayError } from "#core/errors.ts";
import { probeDaemon, type RunningDaemon } from "#platform/daemon-status.ts";
import { runInForeground } from "#platform/foreground-program.ts";
import { HeldSignals } from "#platform/held-signals.ts";
import { homeDirectory } from "#settings/home-directory.ts";
import type { LoadedSettings } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

const addressSchema = z.looseObject({ address: z.url() });

/** What the user has said of a start. */
export interface LaunchChoice {
  readonly model: string | undefined;
  readonly smallModel: string | undefined;
  /** Who pays: id, e-mail or name of the key's owner. */
  readonly user: string;
  readonly expiresAt: string;
  /** What goes to the tool itself. */
  readonly typed: readonly string[];
}

/** What is known before anything is made. */
export type LaunchPlan = Omit<LaunchSession, "key" | "directory"> & { readonly daemon: RunningDaemon };

/**
 * Finds the gateway and what it can answer. Rejects with `unavailable` when none runs, `model_not_found` for a model that no
 * route takes, and `usage` when a model must be named.
 */
export async function planLaunch(
  { settings }: LoadedSettings,
  tool: LaunchTool,
  { model, smallModel }: Pick<LaunchChoice, "model" | "smallModel">,
): Promise<LaunchPlan> {
  const daemon = await probeDaemon(settings.dataDir);
  if (daemon === undefined) {
    throw new GatewayError(
      "unavailable",
      `No gateway runs on ${settings.dataDir}: start one with tokligence serve --detach.`,
    );
  }
  const listed = await listedModels(daemon.socketPath);
  const known = askableNames(listed, settings);
  for (const name of [model, smallModel]) {
    if (name !== undefined) await checkModel(daemon.socketPath, tool, name, known);
  }
  if (model === undefined && tool.needsModel) {
    throw new GatewayError("usage", `${tool.title} needs --model. ${namesText(known)}`);
  }
  const own = tool.overlay === undefined ? undefined : ownSettings(tool.overlay, homeOf(tool.overlay));
  return { daemon, url: addressOf(daemon, settings), model, smallModel, listed, ownSettings: own };
}

/** Runs the tool and resolves with its exit code; key and files are gone then, whatever ended it. */
export async function runSession(
  loaded: LoadedSettings,
  tool: LaunchTool,
  plan: LaunchPlan,
  choice: LaunchChoice,
): Promise<number> {
  const program = Bun.which(tool.name, { PATH: process.env.PATH ?? "" });
  if (program === null) {
    throw new GatewayError("unavailable", `${tool.name} is not in PATH. Install ${tool.title}: ${tool.install}`);
  }
  using signals = new HeldSignals();
  using place = newLaunchPlace();
  await using key = await makeLaunchKey(loaded, plan.daemon.socketPath, { ...choice, tool: tool.name });
  const arrangement = tool.arrange({ ...plan, key: key.key, directory: place.directory });
  furnish(place.directory, arrangement, tool.overlay, tool.overlay === undefined ? "" : homeOf(tool.overlay));
  const without = new Set(arrangement.without);
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !without.has(name)));
  return await runInForeground(
    {
      path: program,
      arguments: [...arrangement.arguments, ...choice.typed],
      environment: { ...environment, ...arrangement.environment },
    },
    signals,
  );
}

/** Where the gateway says that it listens; a daemon that does not say listens where the configuration says. */
function addressOf({ status }: RunningDaemon, { gateway }: Settings): string {
  const said = addressSchema.safeParse(status);
  return reachableUrl(said.success ? said.data.address : listeningUrl(gateway));
}

function homeOf({ homeVariable }: NonNullable<LaunchTool["overlay"]>): string {
  return process.env[homeVariable] ?? homeDirectory();
}
