import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLocalAdministration } from "#configurations/administration.ts";
import { unpackArchive } from "#integrations/archive/unpack.ts";
import { schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
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

function child(...words: readonly string[]) {
  return Bun.spawn([process.execPath, join(import.meta.dir, "moving-child.ts"), ...words], { stderr: "inherit" });
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

test("F113: an import that is killed took everything or nothing", async () => {
  const outcomes = new Set<number>();
  for (let round = 0; round < 8; round += 1) {
    const directory = join(place.path, `importing-${round}`);
    cpSync(join(place.path, "old"), directory, { recursive: true });
    const running = child("import", directory, exported);
    const output = running.stdout.getReader();
    await output.read();
    await Bun.sleep(round * 25);
    running.kill("SIGKILL");
    await running.exited;
    const { administration, close } = await openLocalAdministration(settingsIn(directory));
    const users = (await administration.listUsers({})).data.length;
    const imports = (await administration.listAudit({ action: "importArchive" })).data.length;
    expect([users, imports]).toEqual(imports === 0 ? [1, 0] : [2, 1]);
    outcomes.add(imports);
    await close();
  }
  expect(outcomes.size).toBeGreaterThan(0);
});
