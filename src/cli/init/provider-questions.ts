import type { Asker, Choice } from "#cli/init/asker.ts";
import { asked, withProviders } from "#cli/init/chosen-providers.ts";
import type { Draft } from "#cli/init/draft.ts";
import type { Surroundings } from "#cli/init/surroundings.ts";
import type { LocalServer, ProviderCheck } from "#core/routing/provider-check.ts";
import {
  isPlainName,
  keyVariableOf,
  type KnownProvider,
  knownProviders,
  localProvider,
  type NewProvider,
} from "#settings/change/known-providers.ts";

/** What a question of the providers starts from. */
export interface ProviderQuestions {
  /** Whether to look at variables and at loopback. */
  readonly detects: boolean;
  /** Whether to ask providers for their models; asked when undefined. */
  readonly tests: boolean | undefined;
}

const shownModels = 8;

/** Asks which providers, their keys, whether to try them, and for a short name of one model. */
export async function askProviders(
  asker: Asker,
  draft: Draft,
  { detects, tests }: ProviderQuestions,
  around: Surroundings,
): Promise<Draft> {
  const servers = detects ? await around.findLocalServers() : [];
  const environ = detects ? draft.input.environ : {};
  const offered = offers(servers, (known) => keyVariableOf(known, environ), draft);
  if (detects) asker.say("Looked for keys in variables, and for local servers on 127.0.0.1.");
  const picked = await asker.several("Providers (space picks, enter goes on)", offered.choices, offered.initial);
  const providers: NewProvider[] = servers.filter(({ name }) => picked.includes(name)).map(localProvider);
  for (const known of knownProviders.filter(({ name }) => picked.includes(name))) {
    const variable = keyVariableOf(known, environ);
    providers.push(asked(known, variable === undefined ? await askKey(asker, known) : `\${${variable}}`));
  }
  const remote = providers.filter(({ apiKey }) => apiKey !== undefined);
  const checks =
    remote.length === 0 ? [] : await tryThem(asker, withProviders(draft, providers), remote, tests, around);
  const kept = await keep(asker, providers, checks);
  const named: NewProvider[] = [];
  for (const provider of kept) named.push(await askModels(asker, provider, checks));
  return askAlias(asker, withProviders(draft, named), named);
}

/** What can be picked: what was found first, and picked already unless it is configured. */
function offers(
  servers: readonly LocalServer[],
  variableOf: (known: KnownProvider) => string | undefined,
  draft: Draft,
): { readonly choices: readonly Choice[]; readonly initial: readonly string[] } {
  const configured = (name: string): boolean =>
    draft.plan.loaded.values.some(({ key, layer }) => key.startsWith(`provider.${name}.`) && layer !== "profile");
  const marked = (name: string, label: string): string => (configured(name) ? `${label}, configured` : label);
  const local = servers.map(({ name, models }) => ({
    value: name,
    label: marked(name, `${name} on this machine`),
    hint: models.length === 1 ? "one model" : `${models.length} models`,
  }));
  const found = knownProviders.flatMap((known) => {
    const variable = variableOf(known);
    return variable === undefined
      ? []
      : [{ value: known.name, label: marked(known.name, `${known.title} ($${variable})`) }];
  });
  const rest = knownProviders.filter((known) => variableOf(known) === undefined);
  const others = rest.map(({ name, title }) => ({ value: name, label: marked(name, title), hint: "asks for a key" }));
  const initial = [...local, ...found].map(({ value }) => value).filter((name) => !configured(name));
  return { choices: [...local, ...found, ...others], initial };
}

function askKey(asker: Asker, { title }: KnownProvider): Promise<string> {
  const check = (typed: string) => (/^[\x21-\x7e]+$/.test(typed) ? undefined : "A key, without spaces");
  return asker.secret(`API key of ${title} (goes into gateway.ini, mode 0600)`, check);
}

async function tryThem(
  asker: Asker,
  draft: Draft,
  remote: readonly NewProvider[],
  tests: boolean | undefined,
  around: Surroundings,
): Promise<readonly ProviderCheck[]> {
  const names = remote.map(({ name }) => name);
  const question = `Ask ${names.join(", ")} for a list of models? (free)`;
  if (!(tests ?? (await asker.confirm(question, true)))) return [];
  const checks = await around.checkProviders(draft.plan.loaded.settings, names);
  asker.note(
    "Providers",
    checks.map(({ provider, outcome, detail }) => `${outcome === "sound" ? "ok  " : "FAIL"}  ${provider}: ${detail}`),
  );
  return checks;
}

/** Leaves out, if the person agrees, what did not answer. */
async function keep(
  asker: Asker,
  providers: readonly NewProvider[],
  checks: readonly ProviderCheck[],
): Promise<readonly NewProvider[]> {
  const kept: NewProvider[] = [];
  for (const provider of providers) {
    const check = checks.find((candidate) => candidate.provider === provider.name);
    const isSound = check === undefined || check.outcome === "sound" || check.outcome === "unasked";
    if (isSound || (await asker.confirm(`Keep ${provider.name} all the same?`, false))) kept.push(provider);
  }
  return kept;
}

/** A host of other people's models is asked for those that are named: their names do not tell whose they are. */
async function askModels(asker: Asker, provider: NewProvider, checks: readonly ProviderCheck[]): Promise<NewProvider> {
  if (provider.models.length > 0 || provider.patterns.length > 0) return provider;
  const offered = checks.find((check) => check.provider === provider.name)?.models?.filter(isPlainName) ?? [];
  const more = offered.length > shownModels ? [`and ${offered.length - shownModels} more`] : [];
  if (offered.length > 0) asker.note(`Models of ${provider.name}`, [...offered.slice(0, shownModels), ...more]);
  const check = (typed: string) => (wordsOf(typed).every(isPlainName) ? undefined : "Names, separated by commas");
  const typed = await asker.text(`Models to ask ${provider.name} for, separated by commas`, "", check);
  return { ...provider, models: wordsOf(typed) };
}

const wordsOf = (typed: string): readonly string[] =>
  typed
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** Asks which model is meant by `default`, where models are known by name. */
async function askAlias(asker: Asker, draft: Draft, providers: readonly NewProvider[]): Promise<Draft> {
  const models = providers.flatMap(({ name, models: its }) => its.map((model) => `${name}/${model}`));
  if (models.length === 0 || draft.has("routes.default")) return draft;
  const choices = [{ value: "", label: "none" }, ...models.map((value) => ({ value, label: value }))];
  const target = await asker.select("Model that answers to the name `default`", choices, models[0] ?? "");
  return target === "" ? draft : draft.with({ "routes.default": target });
}
