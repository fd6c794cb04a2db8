import type { ArgDef } from "citty";
import { tiers } from "#core/identity/key-policy.ts";
import { foreignSources } from "#core/archive/foreign-plan.ts";
import { usageDimensions } from "#core/api/usage.ts";
import { budgetModes, budgetWindows } from "#core/budgets/budget.ts";
import { exportFormats } from "#core/evidence/export.ts";
import { streams } from "#core/evidence/stream.ts";
import { permissions } from "#core/identity/permission.ts";
import { memberRoles } from "#core/identity/team.ts";
import { roles } from "#core/identity/user.ts";
import { type DocumentedKey, documentedKeys } from "#settings/describe/documented-keys.ts";
import { configDirectory } from "#settings/config-directory.ts";
import { ownProfiles } from "#settings/own-profiles.ts";
import { processInput } from "#settings/process-input.ts";
import { profiles } from "#settings/profiles.ts";

/** A word that fits, and what it means where that is known. */
export interface FittingWord {
  readonly word: string;
  readonly description?: string;
}

/** What may stand somewhere: one of these words, or a path of a file or directory. */
export interface Fitting {
  readonly kind: "words" | "files" | "directories";
  readonly words: readonly FittingWord[];
}

const plain = (words: readonly string[]) => (): readonly FittingWord[] => words.map((word) => ({ word }));
const ownProfileWords = (): readonly FittingWord[] =>
  ownProfiles(configDirectory(processInput({}))).map(({ name, summary }) => ({ word: name, description: summary }));
const profileWords = (): readonly FittingWord[] => [
  ...profiles.map(({ name, summary }) => ({ word: name, description: summary })),
  ...ownProfileWords(),
];
const serviceManagers = plain(["systemd", "launchd"]);

/** Values of flags and arguments by name, those of one command by its path in front. */
export const valueWords: Readonly<Record<string, () => readonly FittingWord[]>> = {
  env: () => valuesOfKey("environment"),
  "log-level": () => valuesOfKey("log_level"),
  profile: profileWords,
  "profile show name": profileWords,
  "profile create base": profileWords,
  "profile delete name": ownProfileWords,
  "config get key": settingKeys,
  "config set key": settingKeys,
  "config explain key": settingKeys,
  "team member add role": plain(memberRoles),
  "daemon install target": serviceManagers,
  "daemon uninstall target": serviceManagers,
  "daemon status target": serviceManagers,
  role: plain(roles),
  status: plain(["active", "inactive"]),
  scope: plain(["all", ...permissions]),
  tier: plain(tiers),
  quota: plain(["hard", "soft"]),
  window: plain(budgetWindows),
  "budget-window": plain(budgetWindows),
  mode: plain(budgetModes),
  by: plain(usageDimensions),
  direction: plain(["consume", "supply"]),
  outcome: plain(["finished", "failed", "aborted"]),
  format: plain(exportFormats),
  stream: plain(streams),
  "import from": plain(foreignSources),
  "route explain from": plain(["chat", "responses", "anthropic", "gemini"]),
  "route explain to": plain(["chat", "responses", "anthropic", "gemini"]),
};

const pathHints: Readonly<Record<string, Fitting>> = {
  dir: { kind: "directories", words: [] },
  file: { kind: "files", words: [] },
};

/**
 * What may be the value of a flag or argument of the command `path` (`user create`); `before` is what was typed in front
 * of it. Nothing where anything may be.
 */
export function fittingValues(path: string, name: string, definition: ArgDef, before: readonly string[]): Fitting {
  if (path === "config set" && name === "value") return { kind: "words", words: valuesOfKey(before.at(-1) ?? "") };
  const own = definition.type === "enum" ? plain(definition.options ?? []) : valueWords[`${path} ${name}`];
  const words = own ?? valueWords[name];
  if (words !== undefined) return { kind: "words", words: words() };
  const hint = definition.valueHint?.replace(/\.\.\.$/, "") ?? name;
  return pathHints[hint] ?? { kind: "words", words: [] };
}

/** Keys that need no name of the user's in the middle. */
function settingKeys(): readonly FittingWord[] {
  return documentedKeys()
    .filter(({ key }) => !/[A-Z]/.test(key))
    .map(({ key, description }) => ({ word: key, description }));
}

/** The values that a key is one of; none where it takes others. */
function valuesOfKey(key: string): readonly FittingWord[] {
  const expects = documentedKeys().find((known: DocumentedKey) => known.key === key)?.expects ?? "";
  if (expects === "true or false") return plain(["true", "false"])();
  return expects.startsWith("one of ") ? plain(expects.slice("one of ".length).split(", "))() : [];
}
