import { failure, type Finding, sound, warning } from "#core/doctor/finding.ts";
import { problemsOf, toGatewayError } from "#core/errors.ts";
import { createProviders } from "#configurations/upstreams.ts";
import { openCatalog } from "#configurations/catalogue.ts";
import { commandHost } from "#configurations/host.ts";
import { checkNamedFiles } from "#configurations/named-files.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { type LoadedSettings, type LoadInput, loadSettings } from "#settings/load.ts";

const check = "configuration";
const explain = "tokligence config explain says where each value comes from";

/** The configuration as far as it can be read, and a finding for each thing that is wrong with it. */
export interface ReadConfiguration {
  readonly loaded: LoadedSettings | undefined;
  readonly findings: readonly Finding[];
}

/** Reads the configuration as `serve` does. */
export function readConfiguration(input: LoadInput): ReadConfiguration {
  try {
    const loaded = loadSettings(input);
    return { loaded, findings: judged(loaded) };
  } catch (thrown) {
    return { loaded: undefined, findings: failuresOf(thrown) };
  }
}

function judged(loaded: LoadedSettings): readonly Finding[] {
  const { settings, blockers, inactive, notices } = loaded;
  const { configDir, environment, profile } = settings;
  const blocking = blockers.map(({ key, reason, remedy, ...place }) =>
    failure(check, "config_invalid", `${placeText(place)}${key}: ${reason}.`, remedy),
  );
  // One that is met twice is said once.
  const met = [() => checkNamedFiles(settings), () => buildProviders(settings)].flatMap(problemsIn);
  const unusable = [...new Map(met.map((finding) => [finding.what, finding])).values()];
  // What a profile lists for keys that nobody has is told by one notice.
  const said = inactive.filter(({ file }) => file?.startsWith("profile ") !== true);
  const idle = said.map(({ key, awaits, ...place }) =>
    warning(check, `${placeText(place)}${key} does nothing yet; it awaits ${awaits}.`, `Take the line of ${key} away`),
  );
  const told = notices.map(noticed);
  const read = sound(check, `${configDir}, environment ${environment}, profile ${profile}.`);
  return [...(blocking.length + unusable.length === 0 ? [read] : []), ...blocking, ...unusable, ...idle, ...told];
}

/** Some notices say themselves what to do. */
function noticed(notice: string): Finding {
  const [, what = notice, remedy] = /^(.*); ((?:set|give) .*)$/.exec(notice) ?? [];
  const fix = remedy === undefined ? explain : remedy.replace(/^./, (first) => first.toUpperCase());
  return warning(check, sentence(what), fix);
}

/** Constructs what `serve` would, without opening anything. */
function buildProviders(settings: LoadedSettings["settings"]): void {
  const { clock, digest } = commandHost(settings);
  createProviders(settings, { http: new UpstreamClient(clock), clock, digest, facts: openCatalog(settings).factsOf });
}

function problemsIn(attempt: () => void): readonly Finding[] {
  try {
    attempt();
    return [];
  } catch (thrown) {
    return failuresOf(thrown);
  }
}

/** A finding for each problem. */
function failuresOf(thrown: unknown): readonly Finding[] {
  const error = toGatewayError(thrown);
  return problemsOf(error).map((problem) => failure(check, error.code, sentence(problem), correction(problem)));
}

function correction(problem: string): string {
  const variable = /environment variable (\S+) is not set/.exec(problem)?.[1];
  if (variable !== undefined) return `Set ${variable} where serve is started, or take that line away`;
  return "Correct it there, then: tokligence config validate";
}

function placeText({ file, line }: { readonly file?: string; readonly line?: number }): string {
  if (file === undefined) return "";
  return line === undefined ? `${file}: ` : `${file}:${line}: `;
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
