import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(30_000);

const start = (mode: string): Promise<GatewayUnderTest> =>
  startGateway({ keys: true, ini: `[scheduling]\ndegradation_mode = ${mode}\n` });

/** Takes the table of keys away from under the gateway, or brings it back. */
function keysTable(gateway: GatewayUnderTest, change: "hidden" | "back"): void {
  using database = new Database(join(gateway.configDir, "gateway.db"));
  database.run("PRAGMA busy_timeout = 10000");
  const [from, to] = change === "hidden" ? ["api_key", "hidden_key"] : ["hidden_key", "api_key"];
  database.run(`ALTER TABLE ${from} RENAME TO ${to}`);
}

const statusOf = async (gateway: GatewayUnderTest, key: string): Promise<number> =>
  (await fetch(`${gateway.url}/v1/models`, withKey(key))).status;
const readiness = async (gateway: GatewayUnderTest): Promise<number> => (await fetch(`${gateway.url}/readyz`)).status;
const idOf = async (gateway: GatewayUnderTest, owner: string): Promise<string> =>
  (JSON.parse((await gateway.cli("apikey", "list", owner, "--json")).stdout) as { readonly id: string }).id;

test("TC-P0-DEG-001 test_degradation: fail_open goes on with known keys, admits no unknown one, brings none back", async () => {
  await using gateway = await start("fail_open");
  const [known, revoked, unknown] = [await gateway.createKey(), await gateway.createKey(), await gateway.createKey()];
  const revokedId = await idOf(gateway, "user2@example.com");
  expect([await statusOf(gateway, known), await statusOf(gateway, revoked)]).toEqual([200, 200]);
  keysTable(gateway, "hidden");
  expect(await statusOf(gateway, unknown)).toBe(503);
  expect((await gateway.cli("apikey", "revoke", revokedId)).exitCode).not.toBe(0);
  expect([await statusOf(gateway, known), await statusOf(gateway, revoked)]).toEqual([200, 503]);
  expect(await readiness(gateway)).toBe(200);
  expect(await gateway.metrics()).toContain("tokligence_degraded_mode 3");
  keysTable(gateway, "back");
  expect([await statusOf(gateway, unknown), await statusOf(gateway, revoked)]).toEqual([200, 200]);
  expect(await gateway.metrics()).toContain("tokligence_degraded_mode 0");
});

test("TC-P0-DEG-002 test_degradation: fail_closed refuses everybody and takes readiness back until the store answers", async () => {
  await using gateway = await start("fail_closed");
  const [known, unknown] = [await gateway.createKey(), await gateway.createKey()];
  expect([await statusOf(gateway, known), await readiness(gateway)]).toEqual([200, 200]);
  keysTable(gateway, "hidden");
  const answers = [await statusOf(gateway, unknown), await statusOf(gateway, known), await readiness(gateway)];
  expect(answers).toEqual([503, 503, 503]);
  expect(await (await fetch(`${gateway.url}/readyz`)).json()).toMatchObject({
    reasons: ["API keys cannot be looked up"],
  });
  expect(await gateway.metrics()).toContain("tokligence_degraded_mode 5");
  keysTable(gateway, "back");
  await eventually("readiness comes back without any caller", async () => (await readiness(gateway)) === 200);
  expect([await statusOf(gateway, known), await statusOf(gateway, unknown)]).toEqual([200, 200]);
  await eventually("it is told", () => gateway.output().includes("identity_store_back"));
  const lines = gateway.output().split("\n");
  expect(lines.filter((line) => line.includes("identity_store_failed"))).toHaveLength(1);
  expect(lines.filter((line) => line.includes("identity_store_back"))).toHaveLength(1);
});

test("with degradation disabled known keys go on from memory and the others are told to come again", async () => {
  await using gateway = await start("disabled");
  const [known, unknown] = [await gateway.createKey(), await gateway.createKey()];
  expect(await statusOf(gateway, known)).toBe(200);
  keysTable(gateway, "hidden");
  const answers = [await statusOf(gateway, unknown), await statusOf(gateway, known), await readiness(gateway)];
  expect(answers).toEqual([503, 200, 200]);
});
