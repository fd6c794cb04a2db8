/** Test files that run together, in one process with one report. */
export interface TestRun {
  readonly name: string;
  /** With `./` in front, since the runner takes anything else for a filter. */
  readonly files: readonly string[];
  readonly needsExecutable: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

/** Groups whose promises the executable must keep as the source does: each runs twice, `x` and `x-compiled`. */
const keptByBoth: ReadonlySet<string> = new Set(["behaviour", "faults", "clients"]);
/** Groups that are about the executable alone. */
const aboutExecutable: ReadonlySet<string> = new Set(["binary"]);

/**
 * Every run, in the order of the file names: `unit` is `src` and `scripts`, `house` the files directly in `test`, the
 * others a folder of `test` each. The gateway under test is `executable` where `TOKLIGENCE_BINARY` says so.
 */
export function planRuns(files: readonly string[], executable: string): TestRun[] {
  const groups = Map.groupBy(files, groupOf);
  return [...groups].flatMap(([name, members]) => {
    const paths = members.map((file) => `./${file}`);
    const fromSource = { name, files: paths, needsExecutable: aboutExecutable.has(name), environment: {} };
    const compiled = {
      name: `${name}-compiled`,
      files: paths,
      needsExecutable: true,
      environment: { TOKLIGENCE_BINARY: executable },
    };
    return keptByBoth.has(name) ? [fromSource, compiled] : [fromSource];
  });
}

function groupOf(file: string): string {
  const [room, folder = ""] = file.split("/");
  if (room !== "test") return "unit";
  return folder.endsWith(".test.ts") ? "house" : folder;
}
