import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { FakeDaemon } from "#cli/fake-daemon.test-data.ts";

let daemon: FakeDaemon;

beforeEach(() => {
  daemon = new FakeDaemon();
});
afterEach(() => daemon[Symbol.asyncDispose]());

test("a passphrase comes from a file or the environment, and a path from where the command stands", async () => {
  const receipt = {
    path: "/x",
    bytes: 2_048,
    sha256: "ab",
    counts: { user: 2, team: 0, api_key: 1 },
    secrets: "encrypted",
  };
  daemon.answers["POST /api/v1/archive/export"] = () => Response.json(receipt);
  const file = join(daemon.configDir, "passphrase");
  writeFileSync(file, "correct horse\nbattery");
  const { out } = await daemon.tokligence("export", "--output", "some/file", "--passphrase-file", file);
  expect(out).toBe(
    "Wrote /x (2.0 KiB)\nsha256   ab\nholds    2 users, 1 key\nsecrets  encrypted with the passphrase\n",
  );
  expect(daemon.asked.at(-1)).toBe(
    `POST /api/v1/archive/export ${JSON.stringify({ path: resolve("some/file"), passphrase: "correct horse" })}`,
  );
});

test("nothing is restored below a gateway that runs", async () => {
  const { out, error, code } = await daemon.tokligence("restore", "--input", "/nowhere");
  expect([out, code]).toEqual(["", 69]);
  expect(error).toContain(`A gateway runs on ${daemon.configDir}`);
});
