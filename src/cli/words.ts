/** The command line in order: the verb first, then its own words, then the global flags wherever they stood. */
export interface CommandLine {
  readonly verb: string | undefined;
  readonly words: readonly string[];
}

const valueFlags: ReadonlySet<string> = new Set(["config-dir", "root", "env", "profile", "log-level"]);
const switches: ReadonlySet<string> = new Set(["json"]);

/** Lets global flags stand before or after the verb and its sub-verb; what follows `--` is left alone. */
export function arrangeWords(typed: readonly string[]): CommandLine {
  const end = typed.indexOf("--");
  const own = end === -1 ? typed : typed.slice(0, end);
  const rest: string[] = [];
  const globals: string[] = [];
  for (let index = 0; index < own.length; index += 1) {
    const word = own[index] ?? "";
    const [name = "", value] = word.startsWith("--") ? word.slice(2).split("=", 2) : [];
    if (valueFlags.has(name) && value === undefined && index + 1 < own.length) {
      index += 1;
      globals.push(word, own[index] ?? "");
    } else if (valueFlags.has(name) || switches.has(name)) {
      globals.push(word);
    } else {
      rest.push(word);
    }
  }
  const verbAt = rest.findIndex((word) => !word.startsWith("-"));
  const verb = verbAt === -1 ? undefined : rest[verbAt];
  const words = rest.filter((_, index) => index !== verbAt);
  return { verb, words: [...words, ...globals, ...(end === -1 ? [] : typed.slice(end))] };
}

/** What the program is called decides what it is: `gatewayd` serves. */
export function wordsOfProgram(programPath: string, typed: readonly string[]): readonly string[] {
  const name = programPath
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/\.exe$/i, "");
  return name === "gatewayd" ? ["serve", ...typed] : typed;
}
