import { shellWord } from "#cli/shell-word.ts";
import type { LoadInput } from "#settings/loaded.ts";
import type { ConfigurationChoice } from "#settings/process-input.ts";

/** The flags that chose a configuration, for a command that is to be pasted; none where none was given. */
export function choosingFlags(choice: ConfigurationChoice): readonly string[] {
  const { "config-dir": configDir, root, env, profile } = choice;
  // A root is passed over beside a directory.
  const place = configDir === undefined ? said("--root", root) : said("--config-dir", configDir);
  return [...place, ...said("--env", env), ...said("--profile", profile)];
}

/** Those of them that say where the configuration stands, for a command that reads what was written there. */
export function placeFlags({
  configDirFlag,
  rootFlag,
}: Pick<LoadInput, "configDirFlag" | "rootFlag">): readonly string[] {
  return choosingFlags({ "config-dir": configDirFlag, root: rootFlag });
}

/** A text with commands of this program in it, each with those flags. */
export function withChoosingFlags(text: string, choice: ConfigurationChoice): string {
  const flags = choosingFlags(choice).join(" ");
  return flags === "" ? text : text.replaceAll(/\btokligence (?=[a-z])/g, () => `tokligence ${flags} `);
}

function said(flag: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [flag, shellWord(value)];
}
