import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { awayFromMidnight } from "../../harness/away-from-midnight.ts";
import { chat, errorOf, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram, upstreamKey } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric } from "../../harness/queue.ts";
import { threeFamilies } from "../../harness/three-families.ts";
import { completion, type UpstreamScript } from "../../harness/upstream-script.ts";

setDefaultTimeout(60_000);

/** An answer that a provider counts so. */
const counted = (prompt: number, answer: number): UpstreamScript => ({
  body: { ...(completion().body as object), usage: { prompt_tokens: prompt, completion_tokens: answer } },
});

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;
beforeAll(async () => {
  await awayFromMidnight();
  gateway = await startGateway({ keys: true, upstreams: { a: upstream } });
  await gateway.cli("user", "create", "ada@example.com");
});
afterEach(() => upstream.script(completion()));
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly used_today: number;
}

async function apikey(...words: readonly string[]): Promise<MadeKey> {
  const { exitCode, stdout, stderr } = await gateway.cli("apikey", ...words, "--json");
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as MadeKey;
}
const create = (name: string, ...flags: readonly string[]): Promise<MadeKey> =>
  apikey("create", "ada@example.com", "--name", name, ...flags);
/** Waits until the store has been told of so many tokens, which takes up to a second. */
const usedToday = (id: string, tokens: number): Promise<boolean> =>
  eventually(`${tokens} tokens are used`, async () => (await apikey("show", id)).used_today === tokens);
const ask = (key: string, fields: object = {}): Promise<Response> => chat(gateway, fields, withKey(key));
const statusOf = async (key: string, fields: object = {}): Promise<number> => {
  const answer = await ask(key, fields);
  await answer.text();
  return answer.status;
};

describe("what a key may take is settled by command, and counts at once", () => {
  test("its models", async () => {
    const { id, key } = await create("models", "--models", "gpt-*,test-model");
    expect([await statusOf(key), await statusOf(key, { model: "gpt-4o" })]).toEqual([200, 200]);
    for (const family of threeFamilies) {
      const refused = await family.ask(gateway.url, { key, model: "claude-x" });
      expect([family.name, refused.status]).toEqual([family.name, 403]);
      const words = {
        openai: "invalid_request_error/permission_denied",
        anthropic: "permission_error",
        gemini: "403 PERMISSION_DENIED",
      };
      expect(family.refusal(await refused.json())).toBe(words[family.name]);
    }
    const listed = await fetch(`${gateway.url}/v1/models`, withKey(key));
    const { data } = (await listed.json()) as { readonly data: readonly { readonly id: string }[] };
    expect(data.map(({ id: name }) => name)).not.toContain("loopback");
    await apikey("update", id, "--models", "claude-*");
    expect([await statusOf(key), await statusOf(key, { model: "claude-x" })]).toEqual([403, 200]);
    await apikey("update", id, "--models", "none");
    expect(await statusOf(key)).toBe(200);
  });

  test("requests a minute", async () => {
    const { id, key } = await create("rpm", "--rpm", "2");
    expect([await statusOf(key), await statusOf(key), await statusOf(key)]).toEqual([200, 200, 429]);
    await apikey("update", id, "--rpm", "1000");
    // A limit that is used up is so by its new rate: within 60 ms there is room for one.
    await eventually("the new rate counts", async () => (await statusOf(key)) === 200);
    await apikey("update", id, "--rpm", "none");
    expect((await ask(key)).headers.get("x-ratelimit-limit-requests")).toBeNull();
  });

  test("tokens a minute, by what providers count", async () => {
    const { id, key } = await create("tpm", "--tpm", "1000");
    upstream.script(counted(900, 90));
    expect(await statusOf(key, { max_tokens: 100 })).toBe(200);
    const refused = await ask(key, { max_tokens: 100 });
    expect([refused.status, (await errorOf(refused))["code"]]).toEqual([429, "rate_limit_exceeded"]);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    await apikey("update", id, "--tpm", "none");
    expect(await statusOf(key, { max_tokens: 100 })).toBe(200);
  });

  test("requests at once, those that ran before the limit was set among them", async () => {
    using held = new HeldUpstream();
    await using other = await startGateway({ keys: true, upstreams: { a: held } });
    await other.cli("user", "create", "bob@example.com");
    const made = await other.cli("apikey", "create", "bob@example.com", "--name", "free", "--json");
    const { id, key } = JSON.parse(made.stdout) as MadeKey;
    const running = [chat(other, {}, withKey(key)), chat(other, {}, withKey(key))];
    await held.call(1);
    expect((await other.cli("apikey", "update", id, "--concurrent", "2")).exitCode).toBe(0);
    const refused = await chat(other, {}, withKey(key));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    held.open();
    for (const answer of running) expect((await answer).status).toBe(200);
    expect((await chat(other, {}, withKey(key))).status).toBe(200);
  });

  test("a revoked key is nobody's, whatever it had left", async () => {
    const { id, key } = await create("gone", "--rpm", "100");
    expect(await statusOf(key)).toBe(200);
    expect((await gateway.cli("apikey", "revoke", id)).exitCode).toBe(0);
    expect(await statusOf(key)).toBe(401);
  });
});

test("TC-P0-TOK-001 test_token_routing: of 10,000 tokens a day with 1000 used 9000 are left", async () => {
  const { id, key } = await create("daily", "--tokens-per-day", "10000");
  upstream.script(counted(900, 100));
  const answer = await ask(key, { max_tokens: 200 });
  expect([answer.status, answer.headers.get("x-tokligence-quota-remaining")]).toEqual([200, "9000"]);
  await usedToday(id, 1000);
});

test("TC-P0-TOK-002 test_token_routing: 950 and 30 of 1000 pass, the next 30 are refused with 20 left", async () => {
  const { id, key } = await create("small", "--tokens-per-day", "1000");
  upstream.script(counted(10, 940), counted(2, 28));
  expect(await statusOf(key, { max_tokens: 940 })).toBe(200);
  expect(await statusOf(key, { max_tokens: 28 })).toBe(200);
  const calls = upstream.calls.length;
  for (const family of threeFamilies) {
    for (const streamed of [false, true]) {
      const refused = await family.ask(gateway.url, { key, streamed, maxTokens: 28 });
      expect([refused.status, refused.headers.get("x-tokligence-quota-remaining")]).toEqual([429, "20"]);
      expect(refused.headers.get("x-should-retry")).toBe("false");
    }
  }
  expect(upstream.calls.length).toBe(calls);
  await usedToday(id, 980);
});

test("a soft quota warns when it is passed and refuses at a fifth beyond", async () => {
  const { key } = await create("soft", "--tokens-per-day", "1000", "--quota", "soft");
  upstream.script(counted(10, 1090));
  expect(await statusOf(key, { max_tokens: 100 })).toBe(200);
  await eventually("it is told", () => gateway.output().includes("quota_passed"));
  expect([await statusOf(key, { max_tokens: 50 }), await statusOf(key, { max_tokens: 50 })]).toEqual([200, 429]);
});

test("T-31 what is refused takes nothing: neither of the rate that refused it, nor of any other", async () => {
  const { key } = await create("both", "--rpm", "50", "--tpm", "1000", "--tokens-per-day", "100000");
  upstream.script(counted(100, 400), completion());
  expect(await statusOf(key, { max_tokens: 100 })).toBe(200);
  const long = { max_tokens: 1, messages: [{ role: "user", content: "words ".repeat(3000) }] };
  for (let asked = 0; asked < 60; asked += 1) expect(await statusOf(key, long)).toBe(429);
  const { status, headers } = await ask(key, { max_tokens: 1 });
  expect([status, headers.get("x-tokligence-quota-remaining")]).toEqual([200, "99490"]);
  expect(Number(headers.get("x-ratelimit-remaining-requests"))).toBeGreaterThanOrEqual(48);
  expect(Number(headers.get("x-ratelimit-remaining-tokens"))).toBeGreaterThanOrEqual(490);
});

test("T-31 who is turned away by the queue has kept its requests and its tokens", async () => {
  using held = new HeldUpstream();
  await using full = await startGateway({
    keys: true,
    upstreams: { a: held },
    ini: "[scheduling]\nenabled = true\n[scheduler]\nmax_queue = 0\n[provider.a.test-model]\nmax_concurrent = 1\n",
  });
  const holder = chat(full, {}, withKey(await full.createKey()));
  await held.call(0);
  const key = await full.createKey({ requests_per_minute: 5, tokens_per_minute: 10_000, tokens_per_day: 10_000 });
  for (let asked = 0; asked < 20; asked += 1) expect((await chat(full, {}, withKey(key))).status).toBe(503);
  held.open();
  await holder;
  const answer = await chat(full, { max_tokens: 98 }, withKey(key));
  const said = (name: string): string | null => answer.headers.get(name);
  expect([answer.status, said("x-ratelimit-remaining-requests")]).toEqual([200, "4"]);
  expect(said("x-tokligence-quota-remaining")).toBe("9990");
  expect(Number(said("x-ratelimit-remaining-tokens"))).toBeGreaterThanOrEqual(9990);
});

describe("what is left of a caller's limits stands in the headers of its family", () => {
  test.each(["openai", "anthropic", "gemini"])("%s", async (name) => {
    const family = threeFamilies.find((one) => one.name === name);
    const key = await gateway.createKey({ requests_per_minute: 2, tokens_per_minute: 10_000, tokens_per_day: 20_000 });
    for (const [streamed, left] of [
      [false, "1"],
      [true, "0"],
    ] as const) {
      const answer = await family?.ask(gateway.url, { key, streamed, maxTokens: 10 });
      const headers = Object.fromEntries(answer?.headers ?? []);
      expect(answer?.status).toBe(200);
      expect(headers["x-tokligence-quota-remaining"]).toMatch(/^19\d\d\d$/);
      const limits = Object.keys(headers).filter((header) => header.includes("ratelimit"));
      if (name === "gemini") expect(limits).toEqual([]);
      if (name === "openai") {
        expect(headers).toMatchObject({
          "x-ratelimit-limit-requests": "2",
          "x-ratelimit-remaining-requests": left,
          "x-ratelimit-reset-requests": expect.stringMatching(/^(\d+m)?[\d.]+s$/),
          "x-ratelimit-limit-tokens": "10000",
          "x-ratelimit-remaining-tokens": expect.stringMatching(/^99\d\d$/),
        });
      }
      if (name === "anthropic") {
        expect(headers).toMatchObject({
          "anthropic-ratelimit-requests-limit": "2",
          "anthropic-ratelimit-requests-remaining": left,
          "anthropic-ratelimit-requests-reset": expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+Z$/),
          "anthropic-ratelimit-tokens-limit": "10000",
        });
      }
    }
    const refused = await family?.ask(gateway.url, { key });
    expect(refused?.status).toBe(429);
    if (name === "openai") expect(refused?.headers.get("x-ratelimit-remaining-requests")).toBe("0");
    if (name === "anthropic") expect(refused?.headers.get("anthropic-ratelimit-requests-remaining")).toBe("0");
  });
});

describe("limits of everybody", () => {
  test.each([
    ["user", "per_user = 120"],
    ["address", "per_ip = 120"],
    ["team", "per_team = 120"],
    ["key", "per_key = 120"],
  ])("two requests of one %s at once, the third comes too early", async (scope, limit) => {
    await using limited = await startGateway({
      keys: true,
      upstreams: { a: upstream },
      ini: `[rate_limit]\nenabled = true\n${limit}\n`,
    });
    const [one, other] = [withKey(await limited.createKey()), withKey(await limited.createKey())];
    const statuses = [one, one, one, other].map(async (options) => (await chat(limited, {}, options)).status);
    const sorted = (await Promise.all(statuses)).toSorted();
    expect(sorted).toEqual(scope === "address" ? [200, 200, 429, 429] : [200, 200, 200, 429]);
    const decided = `tokligence_ratelimit_decisions_total{scope="${scope}",decision="refused",mode="enforce"}`;
    expect(await metric(limited, decided)).toBe(scope === "address" ? 2 : 1);
  });

  test("in shadow mode nobody is refused, and whoever would be is counted", async () => {
    await using limited = await startGateway({
      keys: true,
      upstreams: { a: upstream },
      ini: "[rate_limit]\nenabled = true\nmode = shadow\nper_user = 60\n",
    });
    const key = await limited.createKey({ requests_per_minute: 2, max_concurrent: 1, tokens_per_minute: 1 });
    for (let asked = 0; asked < 5; asked += 1) expect((await chat(limited, {}, withKey(key))).status).toBe(200);
    const metrics = await limited.metrics();
    expect(metrics).toMatch(
      /tokligence_ratelimit_decisions_total\{scope="\w+",decision="refused",mode="shadow"\} [1-9]/,
    );
    expect(metrics).not.toContain('mode="enforce"');
  });
});

test.each([["SIGTERM"], ["SIGKILL"]] as const)("a quota survives a restart after %s", async (signal) => {
  await using child = new GatewayProcess({
    program: testedProgram,
    configuration: `[gateway.auth]\nenabled = true\n[provider.a]\ntype = openai-compatible\nbase_url = ${upstream.url}\napi_key = ${upstreamKey}\n[routes]\n* = a\n`,
  });
  await child.serve();
  await child.cli("user", "create", "ada@example.com");
  const made = await child.cli(
    "apikey",
    "create",
    "ada@example.com",
    "--name",
    "q",
    "--tokens-per-day",
    "1000",
    "--json",
  );
  const { id, key } = JSON.parse(made.stdout) as MadeKey;
  upstream.script(counted(100, 850));
  expect((await chat(child, { max_tokens: 10 }, withKey(key))).status).toBe(200);
  if (signal === "SIGKILL") {
    // A crash forgets at most a second of it.
    const isKept = async () =>
      (JSON.parse((await child.cli("apikey", "show", id, "--json")).stdout) as MadeKey).used_today === 950;
    await eventually("it is kept", isKept);
  }
  await child.stop(signal);
  await child.serve();
  const refused = await chat(child, { max_tokens: 100 }, withKey(key));
  expect([refused.status, refused.headers.get("x-tokligence-quota-remaining")]).toEqual([429, "50"]);
  const shown = await child.cli("apikey", "show", id, "--json");
  expect((JSON.parse(shown.stdout) as MadeKey).used_today).toBe(950);
});
