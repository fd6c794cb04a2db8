import type { ArgsDef } from "citty";
import { GatewayError } from "#core/errors.ts";
import { didYouMean } from "#settings/nearest.ts";

/** A flag as typed: its name and, if it takes one, its value; `undefined` where the value is missing. */
interface TypedFlag {
  /** No flag has a single one, and the parser would pass over it in silence. */
  readonly dashes: "-" | "--";
  readonly name: string;
  readonly value: string | undefined;
}

interface Scan {
  readonly flags: readonly TypedFlag[];
  readonly positionals: readonly string[];
}

/** A flag may be given more than once, and an argument take all words left, if its value hint ends in `...`. */
const repeatable = (hint: string | undefined): boolean => hint?.endsWith("...") ?? false;

/**
 * Refuses what the parser would let pass in silence: unknown flags, flags without their value, flags given twice and
 * words too many. Throws `usage` with the nearest name.
 */
export function checkWords(words: readonly string[], args: ArgsDef): void {
  const { flags, positionals } = scan(words, args);
  const seen = new Set<string>();
  for (const { dashes, name, value } of flags) {
    const definition = dashes === "--" ? definitionOf(args, name) : undefined;
    if (definition === undefined || definition.type === "positional") {
      const names = Object.keys(args).filter((key) => args[key]?.type !== "positional");
      const hint = didYouMean(
        `--${name}`,
        names.map((known) => `--${known}`),
      );
      throw new GatewayError("usage", `Unknown flag ${dashes}${name}${hint || "; --help lists them."}`);
    }
    if (definition.type !== "boolean" && value === undefined) {
      throw new GatewayError("usage", `--${name} needs a value.`);
    }
    if (seen.has(name) && !repeatable(definition.valueHint)) {
      throw new GatewayError("usage", `--${name} is given twice.`);
    }
    seen.add(name);
  }
  const places = Object.values(args).filter((definition) => definition.type === "positional");
  const extra = positionals[places.length];
  if (extra !== undefined && !places.some(({ valueHint }) => repeatable(valueHint))) {
    throw new GatewayError("usage", `Unexpected argument ${JSON.stringify(extra)}.`);
  }
}

/** Every value of a repeatable flag, in order. */
export function valuesOf(words: readonly string[], args: ArgsDef, name: string): readonly string[] {
  return scan(words, args).flags.flatMap((flag) =>
    flag.name === name && flag.value !== undefined ? [flag.value] : [],
  );
}

/** The `--set key=value` words as values by dotted key. Throws `usage` for a word without a key or without `=`. */
export function assignments(words: readonly string[], args: ArgsDef): Record<string, string> {
  const values = valuesOf(words, args, "set").map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw new GatewayError("usage", `--set takes key=value, not ${JSON.stringify(word)}.`);
    return [word.slice(0, equals).trim(), word.slice(equals + 1).trim()] as const;
  });
  return Object.fromEntries(values);
}

/** Splits the words into flags and positionals the way the parser does; `--` ends the flags. */
function scan(words: readonly string[], args: ArgsDef): Scan {
  const flags: TypedFlag[] = [];
  const positionals: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") return { flags, positionals: [...positionals, ...words.slice(index + 1)] };
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      continue;
    }
    const { dashes, name, value } = readFlag(word, args);
    if (value !== undefined || !takesValue(args, name)) {
      flags.push({ dashes, name, value });
      continue;
    }
    const next = words[index + 1];
    const missing = next === undefined || next.startsWith("--");
    flags.push({ dashes, name, value: missing ? undefined : next });
    if (!missing) index += 1;
  }
  return { flags, positionals };
}

function readFlag(word: string, args: ArgsDef): TypedFlag {
  const typed = word.replace(/^--?/, "");
  const equals = typed.indexOf("=");
  const name = equals === -1 ? typed : typed.slice(0, equals);
  const positive = name.startsWith("no-") && definitionOf(args, name) === undefined ? name.slice(3) : name;
  const value = equals === -1 ? undefined : typed.slice(equals + 1);
  const dashes = word.startsWith("--") ? "--" : "-";
  return { dashes, name: definitionOf(args, positive)?.type === "boolean" ? positive : name, value };
}

/** Whether a flag is followed by a value. */
export function takesValue(args: ArgsDef, name: string): boolean {
  const type = definitionOf(args, name)?.type;
  return type === "string" || type === "enum";
}

/** A flag or argument as it is defined; undefined for one that is not. */
export function definitionOf(args: ArgsDef, name: string): ArgsDef[string] | undefined {
  return Object.hasOwn(args, name) ? args[name] : undefined;
}
