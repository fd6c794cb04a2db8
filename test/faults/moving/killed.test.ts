import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLocalAdministration } from "#configurations/administration.ts";
import { unpackArchive } from "#integrations/archive/unpack.ts";
import { schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
import { watched } from "../../harness/system-calls.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../stores/temporary-directory.ts";
import { settingsIn } from "./settings-in.ts";

// Many processes, one after the other.
setDefaultTimeout(120_000);

const passphrase = "correct horse";
let place: TemporaryDirectory;
let backup: string;
let exported: string;

/** A directory with one user, called after it, whose e-mail, configuration and secret tell old from new. */
async function furnish(name: string, work?: (directory: string) => Promise<void>): Promise<string> {
  const directory = join(place.path, name);
  mkdirSync(join(directory, "dev"), { recursive: true });
  writeFileSync(join(directory, "dev/gateway.ini"), `; ${name}\n[gateway]\nport = 1\n`);
  const { administration, close } = await openLocalAdministration(settingsIn(directory));
  await administration.createUser({ email: `${name}@example.com` });
  if (work !== undefined) {
    backup = join(place.path, "backup.tar.gz");
    exported = join(place.path, "export.tar.gz");
    await administration.backup({ path: backup, passphrase });
    await administration.exportArchive({ path: exported, passphrase });
  }
  await close();
  rmSync(join(directory, "spool.reserve"), { force: true });
  return directory;
}

beforeAll(async () => {
  place = temporaryDirectory();
  await furnish("new", async () => undefined);
  await furnish("old");
});
afterAll(() => place[Symbol.dispose]());

/** What a directory says of itself: `old`, `new`, or a mix. */
async function stateOf(directory: string): Promise<readonly string[]> {
  const open = () => openLocalAdministration(settingsIn(directory));
  // The first to open it completes what was interrupted, and says so.
  const { administration, close } = await open().catch(open);
  const users = await administration.listUsers({});
  await close();
  const secret = (name: string): string => readFileSync(join(name, "master.secret"), "utf8");
  const secretOf = ["old", "new"].find((name) => secret(directory) === secret(join(place.path, name)));
  const ini = readFileSync(join(directory, "dev/gateway.ini"), "utf8").split("\n")[0] ?? "";
  return [...users.data.map(({ email }) => email.split("@")[0] ?? ""), secretOf ?? "neither", ini.slice(2)];
}

const childProgram = [process.execPath, join(import.meta.dir, "moving-child.ts")];

function child(...words: readonly string[]) {
  return Bun.spawn([...childProgram, ...words], { stderr: "inherit" });
}

test("F113: a restore that is killed before any step leaves the old state or the new one, never a mix", async () => {
  const states: string[] = [];
  for (let step = 1; ; step += 1) {
    const directory = join(place.path, `killed-${step}`);
    cpSync(join(place.path, "old"), directory, { recursive: true });
    const exitCode = await child("restore", directory, backup, String(step)).exited;
    const state = await stateOf(directory);
    expect(new Set(state).size, `killed before step ${step}: ${state.join()}`).toBe(1);
    expect(readdirSync(directory).filter((name) => name.startsWith(".archive-") || name === "restore.plan")).toEqual(
      [],
    );
    states.push(state[0] ?? "");
    rmSync(directory, { recursive: true });
    if (exitCode === 0) break;
  }
  const [firstNew, lastOld] = [states.indexOf("new"), states.lastIndexOf("old")];
  expect([lastOld < firstNew, states[0], states.at(-1)]).toEqual([true, "old", "new"]);
  expect(states.length).toBeGreaterThan(8);
});

test("F113: a backup that is killed leaves a whole file or none", async () => {
  const directory = join(place.path, "new");
  const path = join(place.path, "often.tar.gz");
  cpSync(backup, path);
  for (let round = 0; round < 6; round += 1) {
    const running = child("backup", directory, path);
    const output = running.stdout.getReader();
    await output.read();
    // Wherever in the work it hits.
    await Bun.sleep(20 + round * 137);
    running.kill("SIGKILL");
    await running.exited;
    using out = temporaryDirectory();
    const manifest = await unpackArchive(path, out.path, { schema: schemaVersion, expect: () => undefined });
    expect(manifest).toMatchObject({ kind: "backup", secrets: "encrypted" });
  }
  expect(await stateOf(directory)).toEqual(["new", "new", "new"]);
  expect(readdirSync(directory).filter((name) => name.startsWith(".archive-"))).toEqual([]);
});

test("F113: an import that is killed before any write to the database took everything or nothing", async () => {
  const outcomes: number[] = [];
  // Every third of them: of forty, as many come before its commit as after it.
  for (let nth = 1; ; nth += 3) {
    const directory = join(place.path, `importing-${nth}`);
    cpSync(join(place.path, "old"), directory, { recursive: true });
    const files = ["gateway.db", "gateway.db-wal"].map((name) => join(directory, name));
    const fault = { call: "pwrite64", nth, what: "SIGKILL" } as const;
    const program = watched(childProgram, { files, calls: ["pwrite64"], fault });
    const exitCode = await Bun.spawn([...program, "import", directory, exported], { stderr: "inherit" }).exited;
    const { administration, close } = await openLocalAdministration(settingsIn(directory));
    const users = (await administration.listUsers({})).data.map(({ email }) => email);
    const imports = (await administration.listAudit({ action: "importArchive" })).data.length;
    const whole = ["old@example.com", ...(imports === 0 ? [] : ["new@example.com"])];
    expect([nth, users.toSorted(), imports]).toEqual([nth, whole.toSorted(), imports === 0 ? 0 : 1]);
    expect(await administration.verifyLedger({})).toMatchObject({ ok: true });
    await close();
    rmSync(directory, { recursive: true });
    expect([0, 137]).toContain(exitCode);
    outcomes.push(imports);
    if (exitCode === 0) break;
  }
  const [lastWithout, firstWith] = [outcomes.lastIndexOf(0), outcomes.indexOf(1)];
  expect([lastWithout > 1, firstWith, firstWith < outcomes.length - 2]).toEqual([true, lastWithout + 1, true]);
});
