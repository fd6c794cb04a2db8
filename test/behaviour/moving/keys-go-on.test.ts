import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { chat, withKey } from "../../harness/client.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";

// Commands that other work on the machine may stretch.
setDefaultTimeout(60_000);

const upstream = new FakeUpstream();
let here: GatewayUnderTest;
let there: GatewayUnderTest;
const files = { passphrase: "correct horse\n" };

beforeAll(async () => {
  const options = { upstreams: { up: upstream }, keys: true, files };
  [here, there] = await Promise.all([startGateway(options), startGateway(options)]);
});
afterAll(async () => {
  await Promise.all([here[Symbol.asyncDispose](), there[Symbol.asyncDispose]()]);
  upstream.stop();
});

const statusOf = async (gateway: GatewayUnderTest, key: string): Promise<number> =>
  (await chat(gateway, {}, withKey(key))).status;

async function run(gateway: GatewayUnderTest, ...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await gateway.cli(...words);
  if (exitCode !== 0) throw new Error(stdout + stderr);
  return stdout;
}

test("a key that moved with its secrets works at the other gateway at once, and still where it came from", async () => {
  const key = await here.createKey();
  const file = join(here.configDir, "moved.tar.gz");
  const sealed = ["--passphrase-file", join(here.configDir, "passphrase")];
  await run(here, "export", "--output", file, ...sealed);
  expect(await statusOf(there, key)).toBe(401);
  await run(there, "import", "--input", file, ...sealed);
  expect(await Promise.all([statusOf(there, key), statusOf(here, key)])).toEqual([200, 200]);
});

test("F114: without the secrets a key comes along as a record, which the note says, and works after a second import with them", async () => {
  await using other = await startGateway({ upstreams: { up: upstream }, keys: true, files });
  const key = await here.createKey();
  const [open, sealed] = [join(here.configDir, "open.tar.gz"), join(here.configDir, "sealed.tar.gz")];
  const passphrase = ["--passphrase-file", join(here.configDir, "passphrase")];
  await run(here, "export", "--output", open);
  expect(await run(other, "import", "--input", open)).toContain("until they are rotated");
  expect(await statusOf(other, key)).toBe(401);
  await run(here, "export", "--output", sealed, ...passphrase);
  expect(await run(other, "import", "--input", sealed, ...passphrase)).toContain("its keys work here from now on");
  expect(await statusOf(other, key)).toBe(200);
});

test("a key of LiteLLM works, with its limits, though only its hash was ever known", async () => {
  const secret = "sk-from-litellm-000";
  const token = new Bun.CryptoHasher("sha256").update(secret).digest("hex");
  const listed = [
    { token, key_name: "sk-...-000", key_alias: "ci", user_id: "ada@example.com", rpm_limit: 2, team_id: "t" },
    { token: "ab".repeat(32), key_alias: "off", user_id: "bob", blocked: true, created_at: "2026-01-02T03:04:05Z" },
  ];
  const file = join(here.configDir, "keys.json");
  await Bun.write(file, JSON.stringify({ keys: listed }));
  expect(await statusOf(here, secret)).toBe(401);
  await run(here, "import", "--from", "litellm", "--input", file);
  expect(await run(here, "import", "--from", "litellm", "--input", file)).toBe("Took nothing\n");
  expect(await statusOf(here, secret)).toBe(200);
  expect(await statusOf(here, `${secret}1`)).toBe(401);
  expect([await statusOf(here, secret), await statusOf(here, secret)]).toContain(429);
});

test("a token of one-api works as it was presented there, and a disabled one does not", async () => {
  const file = join(here.configDir, "one-api.db");
  using database = new Database(file);
  database.run(
    "CREATE TABLE users (id INTEGER, username TEXT, display_name TEXT, role INTEGER, status INTEGER, email TEXT, quota INTEGER, used_quota INTEGER)",
  );
  database.run(
    "CREATE TABLE tokens (id INTEGER, user_id INTEGER, key TEXT, status INTEGER, name TEXT, created_time INTEGER, expired_time INTEGER, remain_quota INTEGER, unlimited_quota INTEGER, used_quota INTEGER, models TEXT, subnet TEXT)",
  );
  database.run("INSERT INTO users VALUES (1, 'eve', 'Eve', 1, 1, 'eve@example.com', 5000000, 0)");
  database.run("INSERT INTO tokens VALUES (1, 1, 'oneapikey0123', 1, 'prod', 1700000000, -1, 0, 1, 0, '', '')");
  database.run("INSERT INTO tokens VALUES (2, 1, 'oneapikey0off', 2, 'off', 1700000000, -1, 0, 1, 0, '', '')");
  await run(here, "import", "--from", "one-api", "--input", file);
  // The price of the model is not known, so that a hard budget would refuse it.
  await run(here, "prices", "set", "test-model", "--input", "1", "--output", "1");
  expect(await statusOf(here, "sk-oneapikey0123")).toBe(200);
  expect(await statusOf(here, "sk-oneapikey0off")).toBe(401);
  const budgets = await run(here, "budget", "list", "--json");
  expect(budgets).toContain('"limit_usd":"10"');
});
