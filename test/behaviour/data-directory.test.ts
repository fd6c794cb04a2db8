import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { chat, withKey } from "../harness/client.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

// Commands and processes that other work on the machine may stretch.
setDefaultTimeout(30_000);

/** Names of everything directly in the configuration directory. */
const entriesOf = ({ configDir }: { readonly configDir: string }): string[] => readdirSync(configDir).toSorted();

async function used(gateway: GatewayUnderTest): Promise<string> {
  const key = await gateway.createKey();
  const messages = [{ role: "user", content: "prompt-canary-4711" }];
  expect((await chat(gateway, { model: "loopback", messages }, withKey(key))).status).toBe(200);
  return key;
}

test("what it keeps lies beside the configuration, for its owner alone", async () => {
  await using gateway = await startGateway({ keys: true });
  await used(gateway);
  const entries = entriesOf(gateway);
  expect(entries).toContain("gateway.db");
  expect(entries).toContain("control.sock");
  expect(entries).toContain("master.secret");
  const open = entries.filter((name) => (statSync(join(gateway.configDir, name)).mode & 0o077) !== 0 && name !== "dev");
  expect(open).toEqual([]);
});

test("F93 neither a key nor a prompt stands in any file, in the log or in the metrics", async () => {
  await using gateway = await startGateway({ keys: true });
  const key = await used(gateway);
  const metrics = await gateway.metrics();
  const files = entriesOf(gateway).filter((name) => statSync(join(gateway.configDir, name)).isFile());
  expect(files.length).toBeGreaterThan(1);
  const texts = [
    gateway.output(),
    metrics,
    ...files.map((name) => readFileSync(join(gateway.configDir, name), "latin1")),
  ];
  const secret = key.slice("tok_test_".length + 4);
  expect(texts.filter((text) => text.includes(secret) || text.includes("prompt-canary"))).toEqual([]);
});

test("database.path puts the data elsewhere, and commands find it there", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram });
  gateway.write("dev/gateway.ini", `[database]\npath = ${join(gateway.configDir, "elsewhere", "books.db")}\n`);
  await gateway.serve();
  expect((await gateway.cli("user", "create", "ada@example.com")).exitCode).toBe(0);
  expect(readdirSync(join(gateway.configDir, "elsewhere"))).toContain("books.db");
  expect(entriesOf(gateway)).not.toContain("gateway.db");
  await gateway.stop();
  expect((await gateway.cli("user", "list")).stdout).toContain("ada@example.com");
});

test("each environment reads its own file, prod means live, and live makes live keys", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, environment: { TOKLIGENCE_ENV: "prod" } });
  gateway.write("dev/gateway.ini", "[gateway]\nmax_retries = 1\n");
  gateway.write("live/gateway.ini", "[gateway]\nmax_retries = 3\n");
  expect((await gateway.cli("config", "get", "gateway.max_retries")).stdout).toBe("3\n");
  expect((await gateway.cli("config", "get", "gateway.max_retries", "--env", "dev")).stdout).toBe("1\n");
  expect(await gateway.createKey()).toMatch(/^tok_live_/);
});

test("a daemon that was killed leaves nothing that the next one or a command trips over", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram });
  const key = await gateway.createKey();
  await gateway.stop("SIGKILL");
  expect((await gateway.cli("apikey", "list")).exitCode).toBe(0);
  await gateway.serve();
  expect((await chat(gateway, { model: "loopback" }, withKey(key))).status).toBe(200);
});

test("T-37 commands at the same moment wait for each other, stopped or not, and all of them do their work", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram });
  const people = ["a", "b", "c", "d", "e"].map((name) => `${name}@example.com`);
  const made = await Promise.all(people.map((email) => gateway.cli("user", "create", email)));
  expect(made.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(people.map(() => [0, ""]));
  const starting = gateway.serve();
  const early = await Promise.all(people.map((email) => gateway.cli("apikey", "create", email, "--name", "early")));
  await starting;
  const late = await Promise.all(people.map((email) => gateway.cli("apikey", "create", email, "--name", "late")));
  expect([...early, ...late].map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
    [...people, ...people].map(() => [0, ""]),
  );
  const { stdout } = await gateway.cli("apikey", "list", "--json");
  expect(stdout.match(/"name":"(early|late)"/g)).toHaveLength(10);
});

test("T-37 a command waits for whoever holds the data and does not answer yet, as a gateway that starts", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram });
  await gateway.cli("user", "create", "ada@example.com");
  using holder = new Database(join(gateway.configDir, "gateway.lock"));
  holder.run("BEGIN EXCLUSIVE");
  const asked = gateway.cli("user", "list");
  const outcome = Promise.race([asked.then(() => "ended"), Bun.sleep(3_000).then(() => "waits")]);
  expect(await outcome).toBe("waits");
  holder.run("COMMIT");
  expect(await asked).toMatchObject({ exitCode: 0, stderr: "" });
});

test("F66 a second daemon on the same data is refused with 69, and the first one serves on", async () => {
  await using gateway = await startGateway();
  const second = Bun.spawn(
    [...testedProgram, "serve", "--config-dir", gateway.configDir, "--env", "dev", "--port", "0"],
    { stdio: ["ignore", "ignore", "pipe"], env: { HOME: gateway.configDir } },
  );
  expect(await second.exited).toBe(69);
  expect(await second.stderr.text()).toContain(gateway.configDir);
  expect((await chat(gateway, { model: "loopback" })).status).toBe(200);
  expect((await gateway.cli("status")).exitCode).toBe(0);
});
