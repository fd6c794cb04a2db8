import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { UpstreamHttp, UpstreamRequest } from "#core/effects/upstream-http.ts";
import { systemClock } from "#platform/effects.ts";
import { exitCodeOf, type Finding } from "#core/doctor/finding.ts";
import { GatewayError } from "#core/errors.ts";
import { examine } from "#configurations/doctor/examine.ts";
import { lostSecret } from "#configurations/master-secret.ts";
import { readTextFile } from "#settings/read-text-file.ts";
import { freePort } from "../../../test/harness/free-port.ts";

const key = "sk-very-secret";
let root = "";
let data = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "doctor-"));
  data = join(root, "data");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string, mode = 0o600): void {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

/** Every provider answers with this; the addresses that were asked. */
class OneAnswer implements UpstreamHttp {
  readonly asked: string[] = [];
  readonly #status: number;
  readonly #body: string;

  constructor(status: number, body: unknown) {
    this.#status = status;
    this.#body = typeof body === "string" ? body : JSON.stringify(body);
  }

  async send({ url, peer }: UpstreamRequest) {
    this.asked.push(url);
    if (this.#status === 0) throw new GatewayError("upstream_unavailable", `Provider ${peer}: connection failed.`);
    const bytes = new TextEncoder().encode(this.#body);
    return { status: this.#status, header: () => undefined, body: pieces(bytes) };
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

const models = (...ids: string[]): OneAnswer => new OneAnswer(200, { data: ids.map((id) => ({ id })) });

interface Wish {
  readonly http?: OneAnswer;
  readonly offline?: boolean;
  readonly providers?: readonly string[];
  readonly environ?: Readonly<Record<string, string>>;
}

async function findings(ini: string, { http = models(), environ = {}, ...wish }: Wish = {}) {
  write("dev/gateway.ini", `[gateway]\nport = 0\n[database]\npath = ${data}/gateway.db\n${ini}`);
  const input = { configDirFlag: root, flags: {}, environ, home: root, readFile: readTextFile };
  const wishes = { offline: false, call: false, providers: [], ...wish };
  const found = await examine(input, wishes, { http, clock: systemClock });
  for (const { what, ...rest } of found.findings) {
    expect(what + JSON.stringify(rest)).not.toContain(key);
    if (rest.level !== "ok") expect(rest.fix.length).toBeGreaterThan(5);
  }
  return found.findings;
}

const provider = `[provider.up]
type = openai-compatible
base_url = https://up.example/v1
api_key = \${UP_KEY}
[routes]
fast = up/big-model
`;
const environ = { UP_KEY: key };

/** What is not as it should be, and the exit code. */
const trouble = (all: readonly Finding[]): readonly [number, ...string[]] => [
  exitCodeOf(all),
  ...all.filter(({ level }) => level !== "ok").map(({ level, check, what }) => `${level} ${check}: ${what}`),
];

test("a sound configuration of a sound provider has nothing to correct, and nothing is made", async () => {
  const http = models("big-model");
  const price = "[ledger]\nunpriced = allow\n";
  const all = await findings(provider + price, { http, environ });
  expect(trouble(all)).toEqual([
    0,
    "warn routes: No price is known for big-model at up: its calls are shown without cost, and refused under a hard budget.",
  ]);
  expect(http.asked).toEqual(["https://up.example/v1/models"]);
  expect(existsSync(data)).toBe(false);
});

test("a provider that is not configured is a mistake offline too, and its like is named", async () => {
  const asked = findings(provider, { environ, offline: true, providers: ["upp"] });
  const error = await asked.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "usage", message: 'There is no provider "upp"; did you mean "up"?' });
});

test("F115 offline nobody is asked", async () => {
  const http = models();
  const all = await findings(provider, { http, environ, offline: true });
  expect(exitCodeOf(all)).toBe(0);
  expect(http.asked).toEqual([]);
});

test.each([
  [
    "a refused key",
    new OneAnswer(401, { error: { message: `wrong key ${key}` } }),
    69,
    "fail providers: up refuses the key",
  ],
  ["nobody there", new OneAnswer(0, ""), 69, "fail providers: up cannot be reached"],
  ["a page of another kind", new OneAnswer(200, "<html>"), 69, "fail providers: up gives no list of models"],
  ["no list at all", new OneAnswer(404, {}), 0, "warn providers: up gives no list of models"],
  [
    "a model that is not there",
    models("big-modell"),
    0,
    "warn providers: up does not list big-model, which route fast names.",
  ],
])("a provider with %s", async (_what, http, code, expected) => {
  const [exit, ...lines] = trouble(await findings(provider, { http, environ }));
  expect(exit).toBe(code);
  expect(lines.join("\n")).toContain(expected);
});

test("the fix for a refused key names where the key comes from, that for a wrong model the like of it", async () => {
  const refused = await findings(provider, { http: new OneAnswer(401, {}), environ });
  const wrong = await findings(provider, { http: models("big-modell"), environ });
  const fixes = [...refused, ...wrong].flatMap((finding) => (finding.level === "ok" ? [] : [finding.fix]));
  expect(fixes).toContain(
    `tokligence config set provider.up.api_key KEY (it comes from ${join(root, "dev/gateway.ini")}:8)`,
  );
  expect(fixes).toContain("Correct route fast: big-modell");
});

test("T-51 a broken configuration is told line by line, and what lies beside it is still looked at", async () => {
  const all = await findings("[gateway]\nprot = 1\n[routes]\nx = nobody\n");
  const [exit, ...lines] = trouble(all);
  expect(exit).toBe(78);
  expect(lines).toHaveLength(2);
  expect(lines.join("\n")).toContain("dev/gateway.ini:6: gateway.prot: unknown key");
  expect(lines.join("\n")).toContain("dev/gateway.ini:8: ");
  expect(all.map(({ check }) => check)).toContain("disk");
});

test("what keeps serve from starting is a failure with file and line", async () => {
  const [exit, ...lines] = trouble(await findings("[secrets]\nprovider = vault\n"));
  expect(exit).toBe(78);
  expect(lines.join("\n")).toContain("dev/gateway.ini:6: secrets.provider: ");
});

test("secrets that others can read are told; a reference to one is none", async () => {
  const asFile = provider.replace("${UP_KEY}", key);
  write("data/master.secret", `${"0".repeat(64)}\n`, 0o644);
  await findings("");
  const written = await findings(asFile, { http: models("big-model") });
  chmodSync(join(root, "dev/gateway.ini"), 0o644);
  const input = { configDirFlag: root, flags: {}, environ, home: root, readFile: readTextFile };
  const open = await examine(input, { offline: true, call: false, providers: [] });
  expect(trouble(written).join("\n")).not.toContain("gateway.ini");
  const [exit, ...lines] = trouble(open.findings);
  expect(exit).toBe(78);
  expect(lines.join("\n")).toContain("warn permissions: ");
  expect(lines.join("\n")).toContain("dev/gateway.ini holds keys and is open to others (mode 644)");
  expect(lines.join("\n")).toContain("fail permissions: ");
  write("dev/gateway.ini", readTextFile(join(root, "dev/gateway.ini"))?.replace(key, "${UP_KEY}") ?? "", 0o644);
  const referring = await examine(input, { offline: true, call: false, providers: [] });
  expect(trouble(referring.findings).join("\n")).not.toContain("gateway.ini holds");
  // A comment with an address makes no reference of it, and a list is one by each of its words.
  for (const keys of [`api_key = ${key}  # from https://up.example`, `api_keys = \${UP_KEY}, ${key}`]) {
    await findings(asFile.replace(`api_key = ${key}`, keys), { environ, offline: true });
    chmodSync(join(root, "dev/gateway.ini"), 0o644);
    const mixed = await examine(input, { offline: true, call: false, providers: [] });
    expect([keys, trouble(mixed.findings).join("\n")]).toEqual([
      keys,
      expect.stringContaining("gateway.ini holds keys"),
    ]);
  }
});

test("a port that somebody else holds is a failure that says who; without TLS to a far address keys are readable", async () => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = server.port ?? 0;
  const at = (section: string, url: string): string =>
    `[provider.${section}]\nbase_url = ${url}\napi_key = \${UP_KEY}\n`;
  const type = "type = openai-compatible\n";
  const far = at("far", "http://far.example/v1") + type;
  const up = at("up", "https://up.example/v1") + type + at("up.big-model", "http://big.example/v1");
  const text = `[gateway]\nport = ${port}\n${far}${up}`;
  write("dev/gateway.ini", text);
  const input = { configDirFlag: root, flags: {}, environ, home: root, readFile: readTextFile };
  const { findings: all } = await examine(input, { offline: true, call: false, providers: [] });
  void server.stop(true);
  const [exit, ...lines] = trouble(all);
  expect(exit).toBe(69);
  expect(lines.join("\n")).toContain(`fail ports: Port ${port} on 127.0.0.1 is held by `);
  expect(lines.filter((line) => line.includes("without TLS"))).toEqual([
    expect.stringContaining("far is asked"),
    expect.stringContaining("up.big-model is asked"),
  ]);
});

test("two listeners on one port are a failure, as to serve; one that is not opened is none", async () => {
  const port = freePort();
  const told = async (metrics: string) => {
    const environ = { TOKLIGENCE_GATEWAY_PORT: String(port) };
    const all = await findings(`[metrics]\nprometheus_port = ${port}\n${metrics}`, { environ });
    return trouble(all).filter((line) => typeof line === "number" || line.includes(" ports: "));
  };
  expect(await told("")).toEqual([
    69,
    expect.stringContaining("fail ports: gateway.port and metrics.prometheus_port are"),
  ]);
  expect(await told("enabled = false\n")).toEqual([0]);
});

test("limits that no call can meet are told where they count", async () => {
  const limits = `[provider.up.big-model]\nmax_rps = 0\nmax_context_length = 10\n[scheduling]\nenabled = true\ncapacity_model = multi_dimensional\n`;
  const all = await findings(provider + limits, { http: models("big-model"), environ });
  const told = trouble(all).join("\n");
  expect(told).toContain("warn limits: provider.up.big-model.max_rps is 0: it takes no call at all.");
  expect(told).toContain("max_context_length is 10");
  const slow = await findings(provider.replace("[routes]", "timeout = 500\n[routes]"), { environ });
  expect(trouble(slow).join("\n")).toContain(
    "provider.up.timeout (500 s) is longer than gateway.request_timeout (120 s)",
  );
});

test("what a start opens is looked at, and ends doctor as it would end serve", async () => {
  const told = async (ini = "") => {
    const [code, ...lines] = trouble(await findings(ini, { offline: true }));
    return [code, ...lines.filter((line) => line.includes(" permissions: "))];
  };
  write("data/master.secret", "not a secret\n");
  expect(await told()).toEqual([78, expect.stringContaining("does not hold a master secret")]);
  rmSync(join(data, "master.secret"));
  mkdirSync(join(data, "spool.jsonl"));
  expect(await told()).toEqual([75, `fail permissions: ${data}/spool.jsonl is no file.`]);
  rmSync(join(data, "spool.jsonl"), { recursive: true });
  const log = (directory: string): string => `[log]\nfile = ${directory}/gateway.log\n`;
  expect(await told(log(root))).toEqual([0]);
  expect(await told(log(`${root}/nowhere`))).toEqual([
    78,
    expect.stringContaining("gateway.log (log.file) cannot be made"),
  ]);
  expect(existsSync(join(root, "gateway.log"))).toBe(false);
  mkdirSync(join(data, "gateway.db"));
  expect((await told())[0]).toBe(78);
  rmSync(data, { recursive: true });
  mkdirSync(data);
  // As where it leads into a directory that this user may not enter: nobody can tell what lies there.
  symlinkSync("gateway.db", join(data, "gateway.db"));
  expect(await told()).toEqual([78, expect.stringContaining("gateway.db cannot be looked at by this user (ELOOP)")]);
  expect(() => lostSecret(data, join(data, "gateway.db"))).toThrow("Cannot look at");
  rmSync(data, { recursive: true });
  write("data", "a file");
  expect(await told()).toEqual([78, `fail permissions: ${data} is no directory.`]);
});

test("books without their master secret are a failure: their keys would be dead", async () => {
  write("data/gateway.db", "anything");
  const [exit, ...lines] = trouble(await findings("", { offline: true }));
  expect([exit, lines.join(" ")]).toEqual([78, expect.stringContaining("master.secret is missing: without it no key")]);
});

test("what serve refuses comes with the command that puts it right, and what is met twice is said once", async () => {
  const fixes = async (ini: string) =>
    (await findings(ini, { offline: true })).flatMap((each) => (each.level === "fail" ? [each.fix] : []));
  expect(await fixes("[rbac]\nenabled = true\n")).toEqual(["tokligence config set rbac.enabled false"]);
  expect(await fixes("[gateway]\nmodel_catalog = /nowhere.json\n")).toHaveLength(1);
  expect(await fixes("[provider.openai]\napi_key = ${UNSET_KEY}\n")).toEqual([
    "Set UNSET_KEY where serve is started, or take that line away",
  ]);
});
