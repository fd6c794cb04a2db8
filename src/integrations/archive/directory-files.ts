import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { withoutSecrets } from "#core/archive/configuration-text.ts";
import { isMemberName } from "#core/archive/member-name.ts";
import { measure, type PackedFile } from "#integrations/archive/pack.ts";
import type { Secrets } from "#integrations/archive/seal.ts";

/** Where the files of a gateway lie. */
export interface DirectoryFiles {
  /** Spool, master secret and peppers. */
  readonly dataDir: string;
  readonly configDir: string;
  readonly databasePath: string;
}

/** The files of a backup beside its database. */
export interface CollectedFiles {
  readonly files: PackedFile[];
  /** Whole texts of those that hold secrets, by member name. */
  readonly secrets: Secrets;
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}

const secretFile = /^(master\.secret|pepper\.x[0-9a-f]{24})$/;
const configurationFile = /\.(ini|ya?ml|json|pem|crt|key)$/;
/** Longest believable file of a configuration. */
const maxConfigurationBytes = 4 * 2 ** 20;
const deepest = 3;
/** Rows that wait for the database, those of a process that has handed over first; in an archive they are one. */
export const spoolNames: readonly string[] = ["spool.handover.jsonl", "spool.jsonl"];

/**
 * Copies spool and configuration to `staging`, and reads what is secret. Where `open` is asked for, what is secret is left
 * out; else it is in `secrets`, whole.
 */
export async function collectFiles(places: DirectoryFiles, staging: string, open: boolean): Promise<CollectedFiles> {
  const files: PackedFile[] = [];
  const secrets: Record<string, string> = {};
  const notes: string[] = [];
  if (dirname(places.databasePath) !== places.dataDir) notes.push(`The database lay at ${places.databasePath}.`);
  const keep = async (name: string, text: string): Promise<void> => {
    const path = join(staging, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    files.push(await measure(name, path));
  };
  const spooled = Buffer.concat(spoolNames.map((name) => wholeLines(join(places.dataDir, name))));
  if (spooled.length > 0) {
    const copied = join(staging, "spool.jsonl");
    writeFileSync(copied, spooled, { mode: 0o600 });
    files.push(await measure("data/spool.jsonl", copied));
  }
  for (const name of readdirSync(places.dataDir).filter((file) => secretFile.test(file))) {
    secrets[`data/${name}`] = readFileSync(join(places.dataDir, name), "utf8");
    if (open) notes.push(`${name} was left out, for want of a passphrase.`);
  }
  for (const name of configurationNames(places.configDir)) {
    const member = `config/${name}`;
    if (!isMemberName(member)) {
      notes.push(`${name} was left out: its name may not stand in an archive.`);
      continue;
    }
    const text = readFileSync(join(places.configDir, name), "utf8");
    const shown = withoutSecrets(name, text);
    const whole = shown !== undefined && shown.leftOut.length === 0;
    if (!whole) secrets[member] = text;
    if (whole || (open && shown !== undefined)) await keep(member, shown.text);
    if (open && !whole) notes.push(leftOutNote(name, shown?.leftOut));
  }
  return { files, secrets, notes };
}

/** Nothing where there is no such file. A line that is being written was not acknowledged. */
function wholeLines(path: string): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const content = readFileSync(path);
  return content.subarray(0, content.lastIndexOf(0x0a) + 1);
}

function leftOutNote(name: string, keys: readonly string[] | undefined): string {
  if (keys === undefined) return `${name} was left out, for want of a passphrase: it may hold secrets.`;
  return `Values in ${name} were left out, for want of a passphrase: ${[...new Set(keys)].join(", ")}.`;
}

/** Configuration files below a directory, by relative names, hidden ones and backups aside. */
function configurationNames(directory: string, below = "", depth = 1): readonly string[] {
  if (!existsSync(join(directory, below))) return [];
  return readdirSync(join(directory, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith(".") || entry.name.startsWith("before-restore-")) return [];
    if (entry.isDirectory()) return depth < deepest ? configurationNames(directory, name, depth + 1) : [];
    const small = entry.isFile() && statSync(join(directory, name)).size <= maxConfigurationBytes;
    return small && configurationFile.test(entry.name) ? [name] : [];
  });
}
