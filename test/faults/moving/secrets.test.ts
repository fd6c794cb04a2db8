import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type OpenAdministration, openLocalAdministration } from "#configurations/administration.ts";
import { restoreFrom } from "#configurations/restore.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../stores/temporary-directory.ts";
import { settingsIn } from "./settings-in.ts";

setDefaultTimeout(60_000);

const passphrase = "correct horse";
const ini = `[provider.openai]
api_key = sk-canary-ini
base_url = https://api.openai.com/v1
# api_key = sk-canary-commented
[provider.far]
type = openai-compatible
base_url = https://far.example/v1
api_key = sk-canary-far
`;
let place: TemporaryDirectory;
let directory: string;
let opened: OpenAdministration;
let key: string;

beforeAll(async () => {
  place = temporaryDirectory();
  directory = join(place.path, "gateway");
  mkdirSync(join(directory, "dev"), { recursive: true });
  writeFileSync(join(directory, "dev/gateway.ini"), ini);
  writeFileSync(
    join(directory, "config.yaml"),
    "providers:\n  third:\n    type: openai\n    api_key: sk-canary-yaml\n",
  );
  writeFileSync(join(directory, "server.key"), "-----BEGIN PRIVATE KEY-----\ncanary-pem\n");
  opened = await openLocalAdministration(settingsIn(directory));
  const { administration } = opened;
  await administration.createUser({ email: "ada@example.com" });
  ({ key } = await administration.createKey({ user: "ada@example.com", name: "test" }));
});
afterAll(async () => {
  await opened.close();
  place[Symbol.dispose]();
});

/** Everything that must show nowhere: what was written into the configuration, the master secret, keys. */
function canaries(): readonly string[] {
  return ["canary", readFileSync(join(directory, "master.secret"), "utf8").trim(), key, passphrase];
}

test.each(["exportArchive", "backup"] as const)(
  "F120: %s shows no secret, with a passphrase or without",
  async (name) => {
    for (const secrets of ["encrypted", "absent"] as const) {
      const path = join(place.path, `${name}-${secrets}.tar.gz`);
      const receipt = await opened.administration[name]({ path, ...(secrets === "encrypted" && { passphrase }) });
      expect(receipt).toMatchObject({ path, secrets });
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const all = gunzipSync(readFileSync(path)).toString("latin1");
      expect(canaries().filter((canary) => all.includes(canary))).toEqual([]);
      expect(all).toContain(`"secrets": "${secrets}"`);
    }
  },
);

test("F120: a backup without a passphrase says what it left out, and never takes the place of what has it", async () => {
  const path = join(place.path, "open.tar.gz");
  await opened.administration.backup({ path });
  const fresh = join(place.path, "fresh");
  const notes = (await restoreFrom(settingsIn(fresh), { path })).notes.join("\n");
  for (const name of ["master.secret", "config.yaml", "server.key", "dev/gateway.ini"]) expect(notes).toContain(name);
  expect(notes).toContain("The master secret here is not the one");
  expect(readFileSync(join(fresh, "dev/gateway.ini"), "utf8")).toContain("base_url = https://api.openai.com/v1");
  // With a secret of its own, so that it can be opened all the same.
  await (await openLocalAdministration(settingsIn(fresh))).close();
  const kept = join(place.path, "kept");
  mkdirSync(join(kept, "dev"), { recursive: true });
  writeFileSync(join(kept, "dev/gateway.ini"), ini);
  await restoreFrom(settingsIn(kept), { path });
  expect(readFileSync(join(kept, "dev/gateway.ini"), "utf8")).toBe(ini);
});

test("F120: with the passphrase everything is back as it was, without it nothing is touched", async () => {
  const path = join(place.path, "sealed.tar.gz");
  await opened.administration.backup({ path, passphrase });
  const target = join(place.path, "target");
  const refused = { code: "invalid_request", details: { field: "passphrase" } };
  await expect(restoreFrom(settingsIn(target), { path })).rejects.toMatchObject(refused);
  await expect(restoreFrom(settingsIn(target), { path, passphrase: "wrong horse" })).rejects.toMatchObject(refused);
  expect((await restoreFrom(settingsIn(target), { path, passphrase })).notes).toEqual([]);
  for (const name of ["dev/gateway.ini", "config.yaml", "server.key", "master.secret"]) {
    expect(readFileSync(join(target, name), "utf8")).toBe(readFileSync(join(directory, name), "utf8"));
  }
});
