import { resolve } from "node:path";
import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { reportLines } from "#cli/archive-text.ts";
import { inputOf } from "#cli/ask.ts";
import { valuesOf } from "#cli/flag-scan.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { oneOfIfGiven } from "#cli/one-of.ts";
import { printJson, printLine } from "#cli/output.ts";
import { passphraseArgs, readPassphrase } from "#cli/passphrase.ts";
import { withoutSecrets } from "#core/archive/configuration-text.ts";
import { type ForeignSource, foreignSources } from "#core/archive/foreign-plan.ts";
import { GatewayError } from "#core/errors.ts";

const args = {
  input: {
    type: "string",
    required: true,
    valueHint: "file...",
    description: "The file to read; of LiteLLM its config.yaml, its list of keys, or both",
  },
  from: { type: "string", valueHint: "gateway", description: `Files of another gateway: ${foreignSources.join(", ")}` },
  overwrite: { type: "boolean", description: "Replace what is here and says something else" },
  "dry-run": { type: "boolean", description: "Only say what would be taken" },
  ...passphraseArgs,
  ...globalFlags,
} as const;

interface Wishes {
  readonly overwrite: boolean;
  readonly dryRun: boolean;
  readonly json: boolean | undefined;
}

/** `tokligence import`. */
export default defineCommand({
  meta: { description: "Take what an export or another gateway holds; what is here already stays and is reported" },
  args,
  async run({ args: typed, rawArgs }) {
    const from = oneOfIfGiven("--from", foreignSources, typed.from);
    const paths = valuesOf(rawArgs, args, "input").map((path) => resolve(path));
    const wishes = { overwrite: typed.overwrite === true, dryRun: typed["dry-run"] === true, json: typed.json };
    const loaded = loadFromFlags(typed);
    if (from !== undefined) return importForeign(loaded, from, paths, wishes);
    const [path, ...more] = paths;
    if (path === undefined || more.length > 0) throw new GatewayError("usage", "--input names one export.");
    await importExport(loaded, path, readPassphrase(typed), wishes);
  },
});

type Loaded = ReturnType<typeof loadFromFlags>;

async function importExport(
  loaded: Loaded,
  path: string,
  passphrase: string | undefined,
  wishes: Wishes,
): Promise<void> {
  const { overwrite, dryRun, json } = wishes;
  const named = { path: "--input" };
  const input = inputOf("importArchive", { path, passphrase, overwrite, dry_run: dryRun }, named);
  const report = await withAdministration(loaded, (administration) => administration.importArchive(input));
  if (json === true) printJson(report);
  else reportLines(report, dryRun).forEach(printLine);
}

async function importForeign(
  loaded: Loaded,
  from: ForeignSource,
  inputs: readonly string[],
  { overwrite, dryRun, json }: Wishes,
): Promise<void> {
  const foreign = await import("#configurations/imports.ts");
  const { configuration, ...report } = await withAdministration(loaded, (administration) =>
    foreign.importForeign(loaded, { from, inputs, overwrite, dryRun }, administration.importArchive),
  );
  const { path, inForce } = configuration;
  // Keys of providers may stand in it.
  const text = withoutSecrets("gateway.ini", configuration.text)?.text.trimEnd() ?? "";
  const notes = [...report.notes, ...unsetNotes(text)];
  if (json === true) return printJson({ ...report, notes, configuration: { text, path, in_force: inForce } });
  const lines = reportLines({ ...report, notes }, dryRun);
  // Providers and routes alone are not nothing.
  const isOnlyConfiguration = text !== "" && report.conflicts.length === 0 && Object.keys(report.counts).length === 0;
  (isOnlyConfiguration ? lines.slice(1) : lines).forEach(printLine);
  if (text === "") return;
  printLine(dryRun ? `Would write ${path}, secrets left out here:\n\n${text}` : `Wrote ${path}`);
}

/** Nothing is served while variables that the configuration refers to are not set. */
function unsetNotes(text: string): string[] {
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].flatMap(([, name = ""]) => (process.env[name] ? [] : [name]));
  return [...new Set(names)].map((name) => `Set the environment variable ${name}: the configuration refers to it.`);
}
