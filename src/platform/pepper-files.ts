import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import type { Peppers } from "#core/identity/peppers.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { systemCode } from "#platform/system-code.ts";

const fileName = /^pepper\.(x[0-9a-f]{24})$/;

/**
 * The own pepper, and those of other gateways in files `pepper.ID` of the data directory (64 hexadecimal digits, mode
 * 0600), outside the database as the master secret is. Throws `config_invalid` for a file that holds none.
 */
export class PepperFiles implements Peppers {
  readonly #directory: string;
  #all: readonly (readonly [string, Uint8Array])[];

  constructor(directory: string, ownId: string, own: Uint8Array) {
    this.#directory = directory;
    this.#all = [[ownId, own], ...readPeppers(directory)];
  }

  all(): readonly (readonly [string, Uint8Array])[] {
    return this.#all;
  }

  keep(id: string, pepper: Uint8Array): void {
    if (this.#all.some(([known]) => known === id)) return;
    const path = join(this.#directory, `pepper.${id}`);
    const file = openSync(`${path}.part`, "w", 0o600);
    try {
      writeSync(file, `${pepper.toHex()}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.part`, path);
    // Keys that were hashed with it must not outlive it.
    syncDirectory(this.#directory);
    this.#all = [...this.#all, [id, pepper]];
  }
}

function readPeppers(directory: string): readonly (readonly [string, Uint8Array])[] {
  return listed(directory).flatMap((name) => {
    const id = fileName.exec(name)?.[1];
    if (id === undefined) return [];
    const text = readFileSync(join(directory, name), "utf8").trim();
    if (!/^[0-9a-f]{64}$/.test(text)) {
      throw new GatewayError("config_invalid", `${join(directory, name)} does not hold 64 hexadecimal digits.`);
    }
    return [[id, Uint8Array.fromHex(text)] as const];
  });
}

function listed(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return [];
    throw thrown;
  }
}
