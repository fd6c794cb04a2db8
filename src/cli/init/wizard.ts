import { askEmail, askProviderRole } from "#cli/init/account-questions.ts";
import type { Asker } from "#cli/init/asker.ts";
import type { Draft } from "#cli/init/draft.ts";
import { askEnvironment, askHost, askPort, askProfile } from "#cli/init/place-questions.ts";
import { askProviders, type ProviderQuestions } from "#cli/init/provider-questions.ts";
import { reviewLines, warningLines } from "#cli/init/review.ts";
import type { Surroundings } from "#cli/init/surroundings.ts";
import { hasConfiguration } from "#settings/change/init-files.ts";

/** What was given as a flag is not asked. */
export interface Given extends ProviderQuestions {
  /** Keys that have their value. */
  readonly keys: ReadonlySet<string>;
  /** Whether providers were named. */
  readonly providers: boolean;
}

/**
 * Asks for everything that was not given, shows what will be written, and resolves with the draft when the person agrees, else
 * with undefined. Rejects with `Cancelled`; nothing is written here.
 */
export async function askEverything(
  asker: Asker,
  start: Draft,
  given: Given,
  around: Surroundings,
): Promise<Draft | undefined> {
  const { configDir } = start.plan;
  const isNew = start.force || !hasConfiguration(start.input);
  asker.begin(isNew ? "Tokligence: a new configuration" : "Tokligence: changing the configuration");
  asker.say(`In ${configDir}. Ctrl-C leaves it as it is.`);
  const steps: readonly (readonly [isGiven: boolean, ask: (draft: Draft) => Promise<Draft>])[] = [
    [start.input.profileFlag !== undefined || given.keys.has("profile"), (draft) => askProfile(asker, draft, around)],
    [start.input.envFlag !== undefined || given.keys.has("environment"), (draft) => askEnvironment(asker, draft)],
    [given.keys.has("gateway.host"), (draft) => askHost(asker, draft, around)],
    [given.keys.has("gateway.port"), (draft) => askPort(asker, draft, around)],
    [given.providers, (draft) => askProviders(asker, draft, given, around)],
    [given.keys.has("email"), (draft) => askEmail(asker, draft)],
    [given.keys.has("enable_provider"), (draft) => askProviderRole(asker, draft)],
  ];
  let draft = start;
  for (const [isGiven, ask] of steps) if (!isGiven) draft = await ask(draft);
  const lines = reviewLines(draft.plan);
  if (lines.length === 0) {
    asker.end("Nothing to change.");
    return undefined;
  }
  asker.note("This will be written", lines);
  const warnings = warningLines(draft);
  if (warnings.length > 0) asker.note("Good to know", warnings);
  if (await asker.confirm("Write it?", true)) return draft;
  asker.end("Nothing was written.");
  return undefined;
}
