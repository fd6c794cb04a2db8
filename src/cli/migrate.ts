import { defineCommand } from "citty";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";

/** `tokligence migrate`: exit code 1 only with `--check`, when there is something to do. */
export default defineCommand({
  meta: { description: "Bring the database up to date, as serve does at its start; the gateway must be stopped" },
  args: {
    check: { type: "boolean", description: "Change nothing; exit 1 if there is something to do" },
    ...globalFlags,
  },
  async run({ args }) {
    const loaded = loadFromFlags(args);
    const { migrateStore, schemaState } = await import("#configurations/migration.ts");
    const { path, applied: from, known } = schemaState(loaded);
    const isPending = from !== undefined && from < known;
    const applies = isPending && args.check !== true;
    if (applies) await migrateStore(loaded);
    if (args.json) printJson({ database: path, from: from ?? null, to: known, applied: applies });
    else if (from === undefined) printLine(`There is no database ${path} yet; serve makes it.`);
    else if (!isPending) printLine(`${path} is up to date, schema ${from}.`);
    else printLine(`${path}: schema ${from} ${applies ? "is now" : "would become"} ${known}.`);
    return isPending && !applies ? 1 : 0;
  },
});
