import { join } from "node:path";
import dev from "../../../config/dev/gateway.ini" with { type: "text" };
import live from "../../../config/live/gateway.ini" with { type: "text" };
import setting from "../../../config/setting.ini" with { type: "text" };
import test from "../../../config/test/gateway.ini" with { type: "text" };
import { GatewayError } from "#core/errors.ts";
import { fillTemplate } from "#settings/change/fill-template.ts";
import { findKey, similarKeys } from "#settings/known-keys.ts";
import { canonicalKey } from "#settings/key-path.ts";
import { configDirectory, environmentWord } from "#settings/layers/layer-stack.ts";
import { loadSettings } from "#settings/load.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { didYouMean } from "#settings/nearest.ts";

/** A file to write, and its text. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
}

/** What `init` writes: the files, where, and the command that uses them. */
export interface InitPlan {
  readonly configDir: string;
  readonly files: readonly PlannedFile[];
  readonly serveCommand: string;
}

const gatewayTemplates = { dev, test, live } as const;
const environments = ["dev", "test", "live"] as const;

/**
 * Plans setting.ini and {dev,test,live}/gateway.ini with `values` (dotted key to text) active: keys outside sections go
 * to setting.ini, others to the chosen environment's file. Throws `usage` for unknown keys and an unknown environment,
 * `conflict` naming a file that exists unless `force`, `config_invalid` when the result would not load.
 */
export function planInit(input: LoadInput, values: Readonly<Record<string, string>>, force: boolean): InitPlan {
  const configDir = configDirectory(input);
  const environment = chosenEnvironment(input);
  const general = new Map<string, string>();
  const own = new Map<string, string>();
  const profile = input.profileFlag ?? input.environ.TOKLIGENCE_PROFILE;
  if (profile !== undefined && profile !== "") general.set("profile", profile);
  if (environment !== undefined) general.set("environment", environment);
  for (const [said, value] of Object.entries(values)) {
    const key = canonicalKey(said);
    if (findKey(key) === undefined) {
      throw new GatewayError("usage", `unknown key ${said}${didYouMean(key, similarKeys(key))}`);
    }
    if (!key.includes(".") || key.startsWith("publish.")) general.set(key, value);
    else own.set(key, value);
  }
  const files = [
    { path: join(configDir, "setting.ini"), text: fillTemplate(setting, general) },
    ...environments.map((name) => ({
      path: join(configDir, name, "gateway.ini"),
      text: fillTemplate(gatewayTemplates[name], name === (environment ?? "dev") ? own : new Map()),
    })),
  ];
  if (!force) refuseExisting(files, input);
  refuseUnloadable(files, input);
  return { configDir, files, serveCommand: serveCommand(input) };
}

function chosenEnvironment(input: LoadInput): (typeof environments)[number] | undefined {
  const said = input.envFlag ?? input.environ.TOKLIGENCE_ENV;
  if (said === undefined || said === "") return undefined;
  const found = environments.find((name) => name === environmentWord(said));
  if (found === undefined) throw new GatewayError("usage", `there is no environment "${said}"; use dev, test or live`);
  return found;
}

function refuseExisting(files: readonly PlannedFile[], input: LoadInput): void {
  for (const { path } of files) {
    if (input.readFile(path) === undefined) continue;
    throw new GatewayError("conflict", `${path} exists; --force rewrites it from the template`);
  }
}

function refuseUnloadable(files: readonly PlannedFile[], input: LoadInput): void {
  const planned = new Map(files.map(({ path, text }) => [path, text]));
  loadSettings({ ...input, flags: {}, readFile: (path) => planned.get(path) ?? input.readFile(path) });
}

function serveCommand({ configDirFlag, rootFlag }: LoadInput): string {
  if (configDirFlag !== undefined) return `tokligence serve --config-dir ${shellWord(configDirFlag)}`;
  if (rootFlag !== undefined) return `tokligence serve --root ${shellWord(rootFlag)}`;
  return "tokligence serve";
}

const shellWord = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
