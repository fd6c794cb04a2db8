import { join } from "node:path";
import dev from "../../../config/dev/gateway.ini" with { type: "text" };
import live from "../../../config/live/gateway.ini" with { type: "text" };
import setting from "../../../config/setting.ini" with { type: "text" };
import test from "../../../config/test/gateway.ini" with { type: "text" };
import { GatewayError } from "#core/errors.ts";
import { type HomeOf, type PlannedFile, planChanges, withFiles } from "#settings/change/change-setting.ts";
import type { Environ } from "#settings/layers/environment-layer.ts";
import { configDirectory } from "#settings/config-directory.ts";
import { environmentWord } from "#settings/layers/layer-stack.ts";
import { loadSettings } from "#settings/load.ts";
import type { LoadedSettings, LoadInput } from "#settings/loaded.ts";

/** What `init` writes: the files, where, and the settings they make. */
export interface InitPlan {
  readonly configDir: string;
  /** Only those that change; `before` is undefined for a new one. */
  readonly files: readonly (PlannedFile & { readonly before: string | undefined })[];
  readonly loaded: LoadedSettings;
  /** Variables of the environment that win over what is written, a sentence each. */
  readonly overruled: readonly string[];
}

const templates: Readonly<Record<string, string>> = {
  "setting.ini": setting,
  "dev/gateway.ini": dev,
  "test/gateway.ini": test,
  "live/gateway.ini": live,
};

/**
 * Plans a configuration with `values` (dotted key to text). In a directory without one, or with `force`: setting.ini and
 * {dev,test,live}/gateway.ini from the templates. Else the files that hold the keys are edited in place, and keys that none
 * holds go to setting.ini (those outside sections) or to the chosen environment's file. Throws `usage` for unknown keys and
 * an unknown environment, `conflict` where TOKLIGENCE_ENV or TOKLIGENCE_PROFILE wins over the file, `config_invalid` when the
 * result would not load.
 */
export function planInit(input: LoadInput, values: Readonly<Record<string, string>>, force: boolean): InitPlan {
  const configDir = configDirectory(input);
  const written = Object.keys(templates).map((name) => join(configDir, name));
  const isNew = force || !hasConfiguration(input);
  const starting = startingText(input, configDir, force);
  const quiet = { ...input, flags: {}, envFlag: undefined, profileFlag: undefined };
  const planning = { ...quiet, readFile: starting, environ: ownVariables(input.environ, isNew) };
  const planned = planChanges(planning, choosingFirst({ ...choices(input, isNew), ...values }), homeOf);
  const fresh = isNew ? written.map((path) => ({ path, text: starting(path) ?? "" })) : [];
  const files = [...new Map([...fresh, ...planned].map((file) => [file.path, file])).values()]
    .map((file) => ({ ...file, before: input.readFile(file.path) }))
    .filter(({ text, before }) => text !== before);
  const loaded = loadSettings(withFiles(quiet, files));
  const overruled = Object.keys(values).flatMap((key) => overruling(loaded, key));
  return { configDir, files, loaded, overruled };
}

/** Whether anything is configured in the directory yet. */
export function hasConfiguration(input: LoadInput): boolean {
  const names = [...Object.keys(templates), "config.yaml"];
  return names.some((name) => input.readFile(join(configDirectory(input), name)) !== undefined);
}

/** The text that a file begins with: what is there, else its template; with `force` the other way round. */
function startingText(input: LoadInput, configDir: string, force: boolean): LoadInput["readFile"] {
  const byPath = new Map(Object.entries(templates).map(([name, text]) => [join(configDir, name), text]));
  if (force) return (path) => byPath.get(path) ?? input.readFile(path);
  return (path) => input.readFile(path) ?? byPath.get(path);
}

/** Environment and profile as flags say them; a variable says them only where nothing is written yet. */
function choices(input: LoadInput, isNew: boolean): Readonly<Record<string, string>> {
  const said = (flag: string | undefined, variable: string | undefined): string =>
    (flag ?? (isNew ? variable : "")) || "";
  const environment = said(input.envFlag, input.environ["TOKLIGENCE_ENV"]);
  const profile = said(input.profileFlag, input.environ["TOKLIGENCE_PROFILE"]);
  return {
    ...(environment === "" ? {} : { environment: knownEnvironment(environment) }),
    ...(profile === "" ? {} : { profile }),
  };
}

/** Those that decide which files are edited come first, whoever said them. */
function choosingFirst(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { environment, profile, ...others } = values;
  return {
    ...(environment === undefined ? {} : { environment }),
    ...(profile === undefined ? {} : { profile }),
    ...others,
  };
}

function knownEnvironment(said: string): string {
  const word = environmentWord(said);
  if (["dev", "test", "live"].includes(word)) return word;
  throw new GatewayError("usage", `there is no environment "${said}"; use dev, test or live`);
}

/** What a variable says of a key does not keep the key from being written; those that choose the files do. */
function ownVariables(environ: Environ, isNew: boolean): Environ {
  const choosing = ["TOKLIGENCE_CONFIG_DIR", ...(isNew ? [] : ["TOKLIGENCE_ENV", "TOKLIGENCE_PROFILE"])];
  const isKept = (name: string): boolean => choosing.includes(name) || !/^(TOKLIGENCE|TOKEN_EXCHANGE)_/.test(name);
  return Object.fromEntries(Object.entries(environ).filter(([name]) => isKept(name)));
}

const homeOf: HomeOf = (key, { configDir, environment }) =>
  !key.includes(".") || key.startsWith("publish.")
    ? join(configDir, "setting.ini")
    : join(configDir, environment, "gateway.ini");

function overruling(loaded: LoadedSettings, said: string): readonly string[] {
  const inForce = loaded.values.find(({ key }) => key === said);
  return inForce?.variable === undefined ? [] : [`${inForce.variable} is set and wins over ${said} in every file`];
}
