import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../harness/eventually.ts";
import { startGateway, testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(60_000);

const secret = "hook-secret-canary";

/** A receiver that answers each POST with the next of `statuses`, then 204, and keeps what it was sent. */
function receiver(...statuses: readonly number[]) {
  const calls: { readonly headers: Record<string, string>; readonly body: string }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      calls.push({ headers: Object.fromEntries(request.headers), body: await request.text() });
      return new Response(null, { status: statuses[calls.length - 1] ?? 204 });
    },
  });
  const url = `http://127.0.0.1:${server.port}/hook`;
  return { calls, url, [Symbol.asyncDispose]: async () => void (await server.stop(true)) };
}

const eventOf = ({ body }: { readonly body: string }) => JSON.parse(body);

test("a webhook hears of users and keys in order, signed, and again until it takes them; no key is in what it hears", async () => {
  await using hook = receiver(500, 302);
  const environ = { HOOK_SECRET: secret };
  await using gateway = await startGateway({
    keys: true,
    ini: `[hooks]\nurl = ${hook.url}\nsecret = \${HOOK_SECRET}`,
    environ,
  });
  const made = await gateway.cli("user", "create", "ada@example.com", "--json");
  const user = JSON.parse(made.stdout) as { id: string };
  const issued = JSON.parse(
    (await gateway.cli("apikey", "create", "ada@example.com", "--name", "ci", "--json")).stdout,
  );
  await gateway.cli("apikey", "revoke", issued.id);
  const told = () => hook.calls.slice(2).map(eventOf);
  const ours = () => told().filter(({ user_id }) => user_id === user.id);
  await eventually("three events are told", () => ours().length >= 3, 30_000);
  expect(ours().map(({ type }) => type)).toEqual([
    "gateway.user.provisioned",
    "gateway.api_key.issued",
    "gateway.api_key.revoked",
  ]);
  expect(ours()[1]).toEqual({
    id: expect.stringMatching(/^evt_/),
    type: "gateway.api_key.issued",
    occurred_at: expect.any(String),
    tenant_id: expect.any(String),
    user_id: user.id,
    actor_id: "root",
    metadata: { key_id: issued.id, team_id: null, name: "ci" },
  });
  for (const { headers, body } of hook.calls) {
    const signed = `${headers["x-tokligence-timestamp"]}.${body}`;
    const mac = new Bun.CryptoHasher("sha256", secret).update(signed).digest("hex");
    expect(headers["x-tokligence-signature"]).toBe(`v1=${mac}`);
    expect(headers["x-tokligence-delivery"]).toBe(eventOf({ body }).id);
    expect(body).not.toContain(issued.key);
    expect(body).not.toContain("ada@example.com");
  }
  expect(gateway.output()).not.toContain(secret);
});

test("what was changed while the gateway was stopped is told after the next start", async () => {
  await using hook = receiver();
  const configuration = `[hooks]\nurl = ${hook.url}\nsecret = ${secret}\n`;
  await using gateway = await GatewayProcess.start({ program: testedProgram, configuration });
  await gateway.stop();
  const before = hook.calls.length;
  const { exitCode, stderr } = await gateway.cli("user", "create", "bob@example.com");
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(hook.calls).toHaveLength(before);
  await gateway.serve();
  await eventually("the event is told", () => hook.calls.length > before, 30_000);
  expect(hook.calls.slice(before).map((call) => eventOf(call).type)).toContain("gateway.user.provisioned");
});

test("the guide's program keeps a RAG store in step, whatever comes twice", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tokligence-rag-"));
  const collections = new Map<string, { searchable: boolean; keys: Set<string> }>();
  let refusals = 1;
  const store = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      // The first call is done and its answer lost: it comes again.
      const [, , user = "", , key] = new URL(request.url).pathname.split("/");
      const known = collections.get(user);
      if (request.method === "DELETE" && known === undefined) return new Response(null, { status: 404 });
      if (key !== undefined) known?.keys[request.method === "PUT" ? "add" : "delete"](key);
      else if (request.method === "DELETE") collections.delete(user);
      else collections.set(user, { searchable: await isSearchable(request), keys: known?.keys ?? new Set() });
      refusals -= 1;
      return new Response(null, { status: refusals >= 0 ? 500 : 204 });
    },
  });
  try {
    const script = join(directory, "rag-sync.py");
    writeFileSync(script, programOf("docs/guides/hooks.md", "rag-sync.py"));
    chmodSync(script, 0o700);
    const ini = `[hooks]\nscript = ${script}\nscript_arguments = http://127.0.0.1:${store.port}`;
    await using gateway = await startGateway({ keys: true, ini });
    const ada = JSON.parse((await gateway.cli("user", "create", "ada@example.com", "--json")).stdout).id;
    const key = JSON.parse((await gateway.cli("apikey", "create", ada, "--name", "rag", "--json")).stdout).id;
    await eventually("the key is in the store", () => collections.get(ada)?.keys.has(key), 30_000);
    expect(collections.get(ada)?.searchable).toBe(true);
    await gateway.cli("user", "update", ada, "--status", "inactive");
    await eventually("the user cannot search", () => collections.get(ada)?.searchable === false, 30_000);
    await gateway.cli("user", "delete", ada, "--yes");
    await eventually("the collection is gone", () => !collections.has(ada), 30_000);
    expect(gateway.output()).not.toContain("hook_event_parked");
  } finally {
    await store.stop(true);
    rmSync(directory, { recursive: true });
  }
});

async function isSearchable(request: Request): Promise<boolean> {
  return ((await request.json()) as { searchable: boolean }).searchable;
}

/** The program of a page that names itself in its second line. */
function programOf(page: string, name: string): string {
  const found = readFileSync(page, "utf8")
    .split("```")
    .find((block) => block.includes(`# ${name}:`));
  if (found === undefined) throw new Error(`${page} has no program ${name}.`);
  return found.slice(found.indexOf("\n") + 1);
}
