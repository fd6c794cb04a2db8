/** Test files that run together, in one process with one report. */
export interface TestRun {
  readonly name: string;
  /** With `./` in front, since the runner takes anything else for a filter. */
  readonly files: readonly string[];
  readonly needsExecutable: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs only when it is named: it needs what neither the project nor its build brings. */
  readonly onlyNamed: boolean;
  /** Runs with nothing beside it: programs as people run them, which give up when others are in their way. */
  readonly isAlone: boolean;
  /** Runs from the sources what another run asks of the executable. */
  readonly isTwin: boolean;
}

/** Groups whose promises the executable must keep as the source does: `x-compiled`, and `x` from the sources. */
const keptByBoth: ReadonlySet<string> = new Set(["behaviour", "faults", "clients"]);
/** Groups that are about the executable alone. */
const aboutExecutable: ReadonlySet<string> = new Set(["binary"]);
/** Agents and packages that people run, installed by `make test-clients`: against the executable. */
const clientPrograms = "client-programs";
/** Groups whose files install and run much each: a run for each file. */
const fileByFile: ReadonlySet<string> = new Set([clientPrograms, "release"]);
/** Kills one gateway after another: against the executable, which starts fastest, and with a share of the time for itself. */
const killing = "faults.books";
/** Groups that need what the project does not hold. */
const onlyNamed: ReadonlySet<string> = new Set([clientPrograms, "recorded", "release"]);

/**
 * Every run, in the order of the file names: `unit` is `src` and `scripts`, `house` the files directly in `test`, the
 * others a folder of `test` each, `faults.books` beside its own, `client-programs.x` and `release.x` a file each. The gateway
 * under test is `executable` where `TOKLIGENCE_BINARY` says so.
 */
export function planRuns(files: readonly string[], executable: string): TestRun[] {
  const groups = Map.groupBy(files, runOf);
  return [...groups].flatMap(([name, members]) => {
    const paths = members.map((file) => `./${file}`);
    const [group = ""] = name.split(".", 1);
    const common = { files: paths, onlyNamed: onlyNamed.has(group), isAlone: group === clientPrograms };
    const isTwin = keptByBoth.has(name);
    const fromSource = { ...common, name, isTwin, needsExecutable: aboutExecutable.has(name), environment: {} };
    const compiled = {
      ...common,
      isTwin: false,
      needsExecutable: true,
      environment: { TOKLIGENCE_BINARY: executable },
    };
    if (group === clientPrograms || name === killing) return [{ ...compiled, name }];
    return isTwin ? [fromSource, { ...compiled, name: `${name}-compiled` }] : [fromSource];
  });
}

/**
 * The runs that these words name, by name or by the group before the dot; without words every promise once, of the executable
 * where it makes it.
 */
export function namedRuns(all: readonly TestRun[], names: readonly string[]): TestRun[] {
  if (names.length === 0) return all.filter((run) => !run.onlyNamed && !run.isTwin);
  return all.filter((run) => names.some((name) => isNamed(run, name)));
}

/** The same of the sources alone: whatever needs no executable. */
export function sourceRuns(all: readonly TestRun[], names: readonly string[]): TestRun[] {
  const possible = all.filter((run) => !run.needsExecutable).map((run) => ({ ...run, isTwin: false }));
  return namedRuns(possible, names);
}

/** Whether a word names this run, or the group that it belongs to. */
export function isNamed(run: TestRun, name: string): boolean {
  return run.name === name || run.name.startsWith(`${name}.`);
}

function runOf(file: string): string {
  const [room, folder = "", name = ""] = file.split("/");
  if (room !== "test") return "unit";
  if (fileByFile.has(folder)) return `${folder}.${name.slice(0, -".test.ts".length)}`;
  if (`${folder}.${name}` === killing) return killing;
  return folder.endsWith(".test.ts") ? "house" : folder;
}
