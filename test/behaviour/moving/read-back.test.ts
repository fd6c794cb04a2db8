/** What an import writes as configuration is what this gateway reads: every source, by the commands that people type. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chat, contentOf, withKey } from "../../harness/client.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import type { GatewayProcess } from "../../harness/gateway-process.ts";
import { Operator } from "../../harness/operator.ts";
import { completion } from "../../harness/upstream-script.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

const upstream = new FakeUpstream(completion());
let said: string | undefined;
beforeAll(async () => {
  const answer = await fetch(`${upstream.url}/chat/completions`, { method: "POST", body: "{}" });
  said = await contentOf(answer);
});
afterAll(() => upstream.stop());

/** A gateway that people come from: its files, and what a caller of it goes on to do here. */
interface Source {
  readonly from: "litellm" | "portkey" | "one-api" | "new-api";
  /** Writes its files and gives their names. */
  readonly write: (gateway: GatewayProcess) => readonly string[];
  /** The key that callers keep; none where the source holds none. */
  readonly key?: string;
  readonly model: string;
  /** What the provider is asked for. */
  readonly asked: { readonly model: string; readonly key: string };
  /** What the key is called here. */
  readonly keyName?: string;
  /** What the import says of what is left to do. */
  readonly notes: readonly string[];
  /** What the written file says that is not seen from one call. */
  readonly writes: readonly string[];
}

const odd = 'sk-"odd" #1';

const litellm: Source = {
  from: "litellm",
  write: (gateway) => {
    gateway.write(
      "litellm/config.yaml",
      `model_list:
  - model_name: fast
    litellm_params: {model: openai/gpt-4.1, api_base: "${upstream.url}", api_key: '${odd}', rpm: 600, weight: 3}
  - model_name: "claude-*"
    litellm_params: {model: "anthropic/*", api_key: sk-other}
litellm_settings: {num_retries: 2, request_timeout: 30, fallbacks: [{fast: ["claude-*"]}]}
router_settings: {model_group_alias: {quick: fast}}
`,
    );
    const token = new Bun.CryptoHasher("sha256").update("sk-from-litellm-000").digest("hex");
    gateway.write("litellm/keys.json", JSON.stringify([{ token, key_alias: "ci", user_id: "ada" }]));
    return ["litellm/config.yaml", "litellm/keys.json"];
  },
  key: "sk-from-litellm-000",
  keyName: "ci",
  model: "quick",
  asked: { model: "gpt-4.1", key: odd },
  notes: [expect.stringContaining("count once scheduling.enabled is true")],
  writes: ["max_retries = 2", "request_timeout = 30", ".gpt-4.1]", "max_rps = 10"],
};

const portkey: Source = {
  from: "portkey",
  write: (gateway) => {
    const target = { provider: "openai", custom_host: upstream.url, api_key: odd };
    const override_params = { model: "gpt-4.1" };
    const both = { strategy: { mode: "loadbalance" }, targets: [{ ...target, weight: 0.7, override_params }] };
    const other = { provider: "groq", api_key: "sk-other" };
    const config = { strategy: { mode: "fallback" }, targets: [both, other], retry: { attempts: 2 } };
    gateway.write("portkey.json", JSON.stringify({ ...config, request_timeout: 30_000 }));
    return ["portkey.json"];
  },
  model: "whatever",
  asked: { model: "gpt-4.1", key: odd },
  notes: [],
  writes: ["max_retries = 2", "request_timeout = 30", "/gpt-4.1@70, groq"],
};

/** The SQLite file of one-api or new-api, whose columns for a token's models part. */
function oneApi(from: "one-api" | "new-api"): Source {
  return {
    from,
    write: (gateway) => {
      using database = new Database(join(gateway.configDir, `${from}.db`));
      const limits = from === "one-api" ? "models TEXT" : "model_limits_enabled INTEGER, model_limits TEXT";
      database.run(
        "CREATE TABLE users (id INTEGER, username TEXT, role INTEGER, status INTEGER, quota INTEGER, used_quota INTEGER)",
      );
      database.run(
        `CREATE TABLE tokens (id INTEGER, user_id INTEGER, key TEXT, status INTEGER, name TEXT, expired_time INTEGER, remain_quota INTEGER, unlimited_quota INTEGER, used_quota INTEGER, ${limits})`,
      );
      database.run(
        "CREATE TABLE channels (id INTEGER, type INTEGER, key TEXT, status INTEGER, name TEXT, base_url TEXT, models TEXT, model_mapping TEXT, priority INTEGER, weight INTEGER)",
      );
      const only = from === "one-api" ? "'gpt-4.1'" : "1, 'gpt-4.1'";
      database.run("INSERT INTO users VALUES (1, 'eve', 1, 1, 5000000, 0)");
      database.run(`INSERT INTO tokens VALUES (1, 1, 'kept0123', 1, 'prod', -1, 0, 1, 0, ${only})`);
      const channel = database.query("INSERT INTO channels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
      const mapping = JSON.stringify({ "gpt-4.1": "vendor/gpt-4.1:free" });
      channel.run(1, 1, `${odd}\n${odd}`, 1, "Main [1]", upstream.origin, "gpt-4.1,o3", mapping, 10, 5);
      channel.run(2, 14, "sk-other", 2, "Main [1]", null, "claude-x", null, 0, 0);
      return [`${from}.db`];
    },
    key: "sk-kept0123",
    keyName: "prod",
    model: "gpt-4.1",
    asked: { model: "vendor/gpt-4.1:free", key: odd },
    notes: [],
    writes: ["enabled = false", "api_keys = "],
  };
}

test.each([litellm, portkey, oneApi("one-api"), oneApi("new-api")])(
  "where there was no configuration, what is taken from $from is in force: it is valid, serves, and its callers are answered",
  async ({ from, write, key, model, asked, writes, notes, keyName }) => {
    await using operator = await Operator.of("stopped");
    const { gateway } = operator;
    const own = join(gateway.configDir, "dev/gateway.ini");
    rmSync(own);
    const inputs = write(gateway).flatMap((name) => ["--input", join(gateway.configDir, name)]);
    const told = JSON.parse(await operator.prints("import", "--from", from, ...inputs, "--json"));
    expect(told).toMatchObject({ conflicts: [], notes, configuration: { path: own, in_force: true } });
    expect(JSON.stringify(told)).not.toContain("odd");
    const text = readFileSync(own, "utf8");
    for (const line of writes) expect(text).toContain(line);
    const { exitCode, stderr } = await gateway.cli("config", "validate");
    expect([
      exitCode,
      stderr.replace(/^capacities of \S+ do not count while scheduling.enabled is false\n/, ""),
    ]).toEqual([0, ""]);
    await operator.prints("prices", "set", asked.model, "--input", "1", "--output", "1");
    await gateway.serve();

    const before = upstream.calls.length;
    const answer = await chat(gateway, { model }, key === undefined ? {} : withKey(key));
    expect([answer.status, await contentOf(answer)]).toEqual([200, said]);
    const [call, ...more] = upstream.calls.slice(before);
    expect([call?.json()["model"], call?.headers["authorization"], more.length]).toEqual([
      asked.model,
      `Bearer ${asked.key}`,
      0,
    ]);
    const [row] = await operator.list("usageLogs", "usage", "logs");
    const keys = await operator.list("listKeys", "apikey", "list");
    const key_id = keys.find(({ name }) => name === keyName)?.id ?? null;
    expect(row).toMatchObject({ outcome: "finished", requested_model: model, key_id });
  },
);
