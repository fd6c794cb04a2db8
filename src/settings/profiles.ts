import { join } from "node:path";
import agent from "../../profiles/agent.yaml" with { type: "text" };
import enterprise from "../../profiles/enterprise.yaml" with { type: "text" };
import personal from "../../profiles/personal.yaml" with { type: "text" };
import team from "../../profiles/team.yaml" with { type: "text" };

/** A profile: its name, whom it is for in one line, its YAML, and the file of one that is not shipped. */
export interface Profile {
  readonly name: string;
  readonly summary: string;
  readonly text: string;
  readonly file?: string;
}

const texts: Readonly<Record<string, string>> = { personal, agent, team, enterprise };

/** The shipped profiles, weakest first. */
export const profiles: readonly Profile[] = Object.entries(texts).map(([name, text]) => profileOf(name, text));

/** The shipped profile of that name, or undefined. */
export function findProfile(name: string): Profile | undefined {
  return profiles.find((profile) => profile.name === name);
}

/** A profile of this text; its first line says whom it is for when it is a comment. */
export function profileOf(name: string, text: string, file?: string): Profile {
  const summary = /^# (.*)/.exec(text)?.[1] ?? "";
  return { name, summary, text, ...(file === undefined ? {} : { file }) };
}

/** Whether a profile of one's own may have this name. */
export function isProfileName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);
}

/** The file of one's own profile of that name. */
export function profileFile(configDir: string, name: string): string {
  return join(configDir, "profiles", `${name}.yaml`);
}

/** The shipped profile of that name, else the one that its file in the configuration directory holds, or undefined. */
export function readProfile(
  name: string,
  configDir: string,
  readFile: (path: string) => string | undefined,
): Profile | undefined {
  const shipped = findProfile(name);
  if (shipped !== undefined || !isProfileName(name)) return shipped;
  const file = profileFile(configDir, name);
  const text = readFile(file);
  return text === undefined ? undefined : profileOf(name, text, file);
}
