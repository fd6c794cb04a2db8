import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { withKey } from "../harness/client.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(30_000);

let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ keys: true });
  await gateway.cli("user", "create", "ada@example.com");
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Runs `apikey` with the words and reads what it prints as JSON. */
async function apikey(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { exitCode, stdout, stderr } = await gateway.cli("apikey", ...words, "--json");
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const askModels = (key: unknown): Promise<Response> => fetch(`${gateway.url}/v1/models`, withKey(String(key)));

function send(method: "POST" | "PATCH", path: string, key: unknown, body: object): Promise<Response> {
  return fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

test("a key is made, changed and shown with its policy by command", async () => {
  const made = await apikey(
    ...["create", "ada@example.com", "--name", "batch", "--tier", "bulk", "--best", "High", "--worst", "9"],
    ...["--weight", "2", "--models", "gpt-*,claude-*", "--rpm", "60", "--tpm", "100000", "--concurrent", "4"],
    ...["--tokens-per-day", "10000", "--tokens-per-month", "90000", "--quota", "soft"],
  );
  const settled = {
    tier: "bulk",
    priority: null,
    best_priority: 2,
    worst_priority: 9,
    weight: 2,
    models: ["gpt-*", "claude-*"],
    requests_per_minute: 60,
    tokens_per_minute: 100_000,
    max_concurrent: 4,
    tokens_per_day: 10_000,
    tokens_per_month: 90_000,
    quota_mode: "soft",
  };
  expect(made).toMatchObject(settled);
  const id = String(made["id"]);
  const changed = { ...settled, priority: 3, tier: null, models: null, tokens_per_day: null };
  expect(
    await apikey("update", id, "--priority", "3", "--tier", "none", "--models", "none", "--tokens-per-day", "none"),
  ).toMatchObject(changed);
  expect(await apikey("show", id)).toMatchObject({ id, name: "batch", ...changed });
  expect(await apikey("list", "ada@example.com")).toMatchObject({ id, ...changed });
  const shown = await gateway.cli("apikey", "show", id);
  expect(shown.stdout).toContain("best priority      2\n");
  expect(shown.stdout).not.toContain("tokens a day");
  expect((await askModels(made["key"])).status).toBe(200);
});

test("what commands settled while it was stopped is there after the next start", async () => {
  await using other = await startGateway({ keys: true });
  await other.cli("user", "create", "bob@example.com");
  await other.stop();
  const made = await other.cli("apikey", "create", "bob@example.com", "--name", "ci", "--priority", "Low", "--json");
  const { id } = JSON.parse(made.stdout) as { readonly id: string };
  expect((await other.cli("apikey", "update", id, "--rpm", "5", "--json")).exitCode).toBe(0);
  expect(JSON.parse((await other.cli("apikey", "show", id, "--json")).stdout)).toMatchObject({
    priority: 7,
    requests_per_minute: 5,
  });
});

test("flags and levels that make no sense end with 2 and name what is wrong", async () => {
  const { id } = (await apikey("create", "ada@example.com", "--name", "plain")) as { readonly id: string };
  const lines: readonly (readonly [readonly string[], string])[] = [
    [["create", "ada@example.com", "--name", "x", "--tier", "gold"], "--tier"],
    [["update", id, "--rpm", "0"], "--rpm"],
    [["update", id, "--priority", "11"], "priority"],
    [["update", id, "--priority", "3", "--best", "5"], "best_priority"],
    [["update", id], "Nothing to change"],
    [["update", id, "--colour", "red"], "--colour"],
  ];
  for (const [words, named] of lines) {
    const { exitCode, stderr } = await gateway.cli("apikey", ...words);
    expect([words, exitCode]).toEqual([words, 2]);
    expect(stderr).toContain(named);
  }
  expect(await gateway.cli("apikey", "show", "key_nothing")).toMatchObject({ exitCode: 1 });
  expect(await gateway.cli("apikey", "update", "key_nothing", "--rpm", "5")).toMatchObject({ exitCode: 1 });
  expect(await apikey("show", id)).toMatchObject({ tier: null, priority: null, requests_per_minute: null });
});

test("over HTTP a key with a policy makes and changes keys within its own policy alone", async () => {
  const maker = await apikey(
    ...["create", "ada@example.com", "--name", "maker", "--scope", "keys:write,keys:read,models:call,models:read"],
    ...["--priority", "6", "--best", "4", "--models", "gpt-*", "--rpm", "60"],
  );
  const make = (fields: object): Promise<Response> =>
    send("POST", "/api/v1/keys", maker["key"], { user: "ada@example.com", name: "made", ...fields });
  const made = await make({ models: ["gpt-4*"], requests_per_minute: 10 });
  expect(made.status).toBe(201);
  const child = (await made.json()) as Readonly<Record<string, unknown>>;
  expect(child).toMatchObject({ priority: 6, best_priority: 4, models: ["gpt-4*"], requests_per_minute: 10 });
  for (const fields of [{ best_priority: 3 }, { models: ["*"] }, { requests_per_minute: 61 }]) {
    expect([fields, (await make(fields)).status]).toEqual([fields, 403]);
    const changed = await send("PATCH", `/api/v1/keys/${child["id"]}`, maker["key"], fields);
    expect([fields, changed.status]).toEqual([fields, 403]);
    expect(await changed.json()).toMatchObject({
      code: "permission_denied",
      details: { field: Object.keys(fields)[0] },
    });
  }
  const lifted = await send("PATCH", `/api/v1/keys/${maker["id"]}`, maker["key"], { requests_per_minute: null });
  expect(lifted.status).toBe(403);
  const wrong = await send("PATCH", `/api/v1/keys/${child["id"]}`, maker["key"], { worst_priority: 5 });
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { details: { field: "worst_priority" } }]);
  const shown = await fetch(`${gateway.url}/api/v1/keys/${child["id"]}`, withKey(String(maker["key"])));
  expect(await shown.json()).toMatchObject({ id: child["id"], requests_per_minute: 10 });
  const callersKey = await gateway.createKey();
  expect((await send("PATCH", `/api/v1/keys/${child["id"]}`, callersKey, {})).status).toBe(403);
});
