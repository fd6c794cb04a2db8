import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { openLocalAdministration } from "#configurations/administration.ts";
import { systemRandom } from "#platform/effects.ts";
import { loadMasterSecret } from "#platform/master-secret-file.ts";
import { withSmallDisk } from "../../harness/small-disk.ts";
import { openSqliteStores } from "../../stores/sqlite-stores.ts";
import { settleSome } from "../../stores/archive-scene.ts";
import { temporaryDirectory } from "../../stores/temporary-directory.ts";
import { settingsIn } from "./settings-in.ts";

setDefaultTimeout(60_000);

/** A gateway with one user and some rows, backed up. */
async function backedUp(directory: string): Promise<string> {
  const path = join(directory, "backup.tar.gz");
  const data = join(directory, "source");
  mkdirSync(data);
  loadMasterSecret(data, systemRandom);
  const stores = await openSqliteStores(data);
  await settleSome(stores, "", 2_000);
  await stores.stop();
  const { administration, close } = await openLocalAdministration(settingsIn(data));
  await administration.createUser({ email: "ada@example.com" });
  await administration.backup({ path });
  await close();
  return path;
}

test("F119: a restore that has no room twice over is refused before anything is written", async () => {
  using place = temporaryDirectory();
  const path = await backedUp(place.path);
  const mebibytes = Math.max(1, Math.floor((gunzipSync(readFileSync(path)).length * 1.5) / 2 ** 20));
  const disk = join(place.path, "disk");
  mkdirSync(disk);
  const words = ["restore", "--input", path, "--config-dir", disk];
  const child = Bun.spawn([...withSmallDisk(disk, mebibytes), ...words], { stderr: "pipe" });
  expect(await child.stderr.text()).toContain("There is not enough room");
  expect(await child.exited).toBe(75);
});

test("F119: a disk that fills up in the middle leaves the old state, and nothing half-way", async () => {
  using place = temporaryDirectory();
  const path = await backedUp(place.path);
  const target = join(place.path, "target");
  mkdirSync(target);
  const { administration, close } = await openLocalAdministration(settingsIn(target));
  await administration.createUser({ email: "old@example.com" });
  await close();
  const before = statSync(join(target, "gateway.db")).size;
  // A limit on file sizes makes the system refuse a write in the middle (EFBIG).
  const limited = `trap '' XFSZ; ulimit -f 200; exec "$0" "$@"`;
  const words = [process.execPath, join(import.meta.dir, "moving-child.ts"), "restore", target, path];
  const child = Bun.spawn(["sh", "-c", limited, ...words], { stderr: "pipe" });
  expect(await child.stderr.text()).toContain("There is no room");
  expect(await child.exited).toBe(1);
  expect(readdirSync(target).filter((name) => name.includes("restore") || name.startsWith(".archive-"))).toEqual([]);
  expect(statSync(join(target, "gateway.db")).size).toBe(before);
  const again = await openLocalAdministration(settingsIn(target));
  expect((await again.administration.listUsers({})).data.map(({ email }) => email)).toEqual(["old@example.com"]);
  await again.close();
});
