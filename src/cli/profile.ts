import { rmSync } from "node:fs";
import { defineCommand } from "citty";
import { withChoosingFlags } from "#cli/choosing-flags.ts";
import { assignments } from "#cli/flag-scan.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine, printTable } from "#cli/output.ts";
import { profileLines, profileView } from "#cli/profile-text.ts";
import { GatewayError } from "#core/errors.ts";
import { planProfile } from "#settings/change/plan-profile.ts";
import { writeConfigurationFile } from "#settings/change/write-file.ts";
import { configDirectory } from "#settings/config-directory.ts";
import { readLayers } from "#settings/layers/layer-stack.ts";
import { readProfileLayer } from "#settings/layers/profile-layers.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { noSuchProfile, ownProfiles } from "#settings/own-profiles.ts";
import { processInput } from "#settings/process-input.ts";
import { type Profile, profiles, readProfile } from "#settings/profiles.ts";

const list = defineCommand({
  meta: { description: "List the shipped profiles and your own" },
  args: { ...globalFlags },
  run({ args }) {
    const rows = [...profiles, ...ownProfiles(configDirectory(processInput(args)))].map((profile) => ({
      name: profile.name,
      summary: profile.summary,
      base: readProfileLayer(profile).base?.name ?? null,
      file: profile.file ?? null,
    }));
    if (args.json) return rows.forEach(printJson);
    printTable(
      ["PROFILE", "FOR"],
      rows.map(({ name, base, summary }) => [name, base === null ? summary : `${summary} (on ${base})`.trimStart()]),
    );
  },
});

const nameArgument = { type: "positional", required: true, description: "Name of the profile" } as const;

const show = defineCommand({
  meta: { description: "Print a profile: a shipped one as it is, your own with what it takes from its base" },
  args: { name: nameArgument, ...globalFlags },
  run({ args }) {
    const input = processInput(args);
    const profile = known(input, args.name);
    if (args.json) return printJson(profileView(profile, input));
    if (profile.file === undefined) return printLine(profile.text.trimEnd());
    profileLines(profile, input).forEach(printLine);
  },
});

const createArgs = {
  name: { ...nameArgument, description: "Name of the new profile: a-z, 0-9 and -" },
  base: { type: "string", valueHint: "name", description: "Profile whose values it begins with", default: "personal" },
  for: { type: "string", valueHint: "words", description: "Whom it is for, in one line", default: "My own." },
  set: { type: "string", valueHint: "key=value...", description: "A value of its own; may be repeated" },
  ...globalFlags,
} as const;

const create = defineCommand({
  meta: { description: "Make a profile of your own, in the configuration directory" },
  args: createArgs,
  run({ args, rawArgs }) {
    const values = assignments(rawArgs, createArgs);
    const { name, base } = args;
    const planned = planProfile(processInput(args), { name, base, summary: args.for, values });
    writeConfigurationFile(planned);
    if (args.json) return printJson({ name, base, file: planned.path });
    printLine(`Wrote ${planned.path}`);
    printLine(withChoosingFlags(`Use it: tokligence serve --profile ${name}`, { ...args, profile: undefined }));
  },
});

const remove = defineCommand({
  meta: { description: "Delete a profile of your own" },
  args: {
    name: nameArgument,
    force: { type: "boolean", description: "Even if it is in use" },
    ...globalFlags,
  },
  run({ args }) {
    const input = processInput(args);
    const { name, file } = known(input, args.name);
    if (file === undefined)
      throw new GatewayError("conflict", `the profile "${name}" is shipped; it cannot be deleted`);
    const user = args.force === true ? undefined : userOf(name, input);
    if (user !== undefined)
      throw new GatewayError("conflict", `${user} uses the profile "${name}"; --force deletes it all the same`);
    try {
      rmSync(file);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : "unknown reason";
      throw new GatewayError("storage_failed", `cannot delete ${file}: ${reason}`, { cause });
    }
    if (args.json) return printJson({ name, deleted: true });
    printLine(`Deleted ${file}`);
  },
});

function known(input: LoadInput, name: string): Profile {
  const configDir = configDirectory(input);
  const profile = readProfile(name, configDir, input.readFile);
  if (profile === undefined) throw new GatewayError("usage", noSuchProfile(name, configDir));
  return profile;
}

/** Who would miss the profile: the configuration itself, that of another environment, or another profile whose base it is. */
function userOf(name: string, input: LoadInput): string | undefined {
  const unasked = { ...input, profileFlag: undefined };
  if (readLayers(unasked).profile === name) return "this configuration";
  const environment = ["dev", "test", "live"].find((envFlag) => readLayers({ ...unasked, envFlag }).profile === name);
  if (environment !== undefined) return `the environment ${environment}`;
  const other = ownProfiles(configDirectory(input)).find(
    (candidate) => readProfileLayer(candidate).base?.name === name,
  );
  return other === undefined ? undefined : `the profile "${other.name}"`;
}

/** `tokligence profile`. */
export default defineCommand({
  meta: { description: "Show, make and delete profiles" },
  subCommands: { list, show, create, delete: remove },
});
