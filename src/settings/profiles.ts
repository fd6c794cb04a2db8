import agent from "../../profiles/agent.yaml" with { type: "text" };
import enterprise from "../../profiles/enterprise.yaml" with { type: "text" };
import personal from "../../profiles/personal.yaml" with { type: "text" };
import team from "../../profiles/team.yaml" with { type: "text" };
import type { LayerContent } from "#settings/entry.ts";
import { readYamlLayer } from "#settings/layers/yaml-layer.ts";
import { didYouMean } from "#settings/nearest.ts";

/** A shipped profile: its name, whom it is for in one line, and its YAML. */
export interface Profile {
  readonly name: string;
  readonly summary: string;
  readonly text: string;
}

const texts: Readonly<Record<string, string>> = { personal, agent, team, enterprise };

/** The shipped profiles, weakest first. */
export const profiles: readonly Profile[] = Object.entries(texts).map(([name, text]) => ({
  name,
  summary: /^# (.*)$/m.exec(text)?.[1] ?? "",
  text,
}));

/** The profile of that name, or undefined. */
export function findProfile(name: string): Profile | undefined {
  return profiles.find((profile) => profile.name === name);
}

/** What to say of a name that is no profile. */
export function noSuchProfile(name: string): string {
  const names = profiles.map((profile) => profile.name);
  const hint = didYouMean(name, names) || `; there are ${names.join(", ")}`;
  return `there is no profile "${name}"${hint}`;
}

/** The profile as a layer. */
export function readProfileLayer(profile: Profile): LayerContent {
  return readYamlLayer("profile", `profile ${profile.name}`, profile.text);
}

/** The values of the profile by dotted key, as written. */
export function profileEntries(profile: Profile): Readonly<Record<string, unknown>> {
  return Object.fromEntries(readProfileLayer(profile).entries.map(({ key, value }) => [key, value]));
}
