import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { dataLines, saidText } from "../harness/chat-text.ts";
import { chat, errorOf } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { freePort } from "../harness/free-port.ts";
import { type GatewayUnderTest, startGateway, upstreamKey } from "../harness/gateway.ts";
import { rawServer } from "../harness/raw-server.ts";
import { certificate } from "../harness/tls/certificates.ts";
import { chunk, completion, failure, type UpstreamScript } from "../harness/upstream-script.ts";

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nmax_retries = 0" });
});
beforeEach(() => {
  upstream.calls.length = 0;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const newestRow = async () => (await gateway.logs())[0];

/** Has the provider answer a call by script; gives what the caller saw. */
async function through(script: UpstreamScript, stream = false): Promise<Response> {
  upstream.script(script);
  return await chat(gateway, { stream });
}

async function expectFailure(response: Response, status: number, code: string): Promise<void> {
  const text = await response.text();
  expect([response.status, JSON.parse(text).error.code, response.headers.get("content-type")]).toEqual([
    status,
    code,
    "application/json",
  ]);
  expect(text).not.toContain("canary");
  expect(await newestRow()).toMatchObject({ outcome: "failed", error_code: code, http_status: status });
}

/** A stream that was cut must end with an error event, never with `[DONE]`. */
async function expectBrokenStream(response: Response, code: string, content: string): Promise<void> {
  const text = await response.text();
  expect([response.status, saidText(text)]).toEqual([200, content]);
  expect(JSON.parse(dataLines(text).at(-1) ?? "{}")).toMatchObject({ error: { code } });
  expect(text).not.toContain("[DONE]");
  expect(text).not.toContain('"finish_reason":"stop"');
  expect(await newestRow()).toMatchObject({ outcome: "failed", error_code: code, stream: true });
}

test("F30 refused and unknown hosts are 502, and the next provider is asked if there is one", async () => {
  const dead = { url: `http://127.0.0.1:${freePort()}/v1` };
  const unknown = { url: "http://does-not-exist.invalid/v1" };
  await using other = await startGateway({
    upstreams: { up: upstream, dead, unknown },
    ini: "[gateway]\nmax_retries = 1\n[routes]\na = dead\nb = unknown\nc = dead, up",
  });
  for (const model of ["a", "b"]) {
    const response = await chat(other, { model });
    const { code, message } = await errorOf(response);
    expect([model, response.status, code]).toEqual([model, 502, "upstream_unavailable"]);
    // Callers learn which provider it was; where that is stands in the log alone.
    expect(message).toMatch(/^Provider (dead|unknown), connect: connection failed \(\w+\)\.$/);
  }
  for (const { url } of [dead, unknown]) expect(other.output()).toContain(new URL(url).host);
  upstream.script(completion("from the other"));
  const response = await chat(other, { model: "c" });
  expect([response.status, response.headers.get("x-tokligence-provider")]).toEqual([200, "up"]);
  expect((await other.logs())[0]).toMatchObject({ outcome: "finished", provider: "up", attempts: 2 });
});

test("F31 a self-signed provider is 502 upstream_tls: no key and no prompt leave", async () => {
  await using server = await rawServer(() => {}, certificate("self-signed"));
  await using other = await startGateway({ upstreams: { up: { url: `${server.url}/v1` } } });
  const response = await chat(other);
  expect([response.status, (await errorOf(response)).code]).toEqual([502, "upstream_tls"]);
  expect(server.requests).toHaveLength(0);
  expect((await other.logs())[0]).toMatchObject({ outcome: "failed", error_code: "upstream_tls" });
});

const words = [chunk({ role: "assistant", content: "" }), chunk({ content: "Hello" })];

test.each(["cut", "clean"] as const)(
  "F34 F35 a stream that ends (%s) without [DONE] ends in an error event",
  async (end) => {
    await expectBrokenStream(await through({ events: words, end }, true), "upstream_truncated", "Hello");
  },
);

test("F34 a reset in mid-stream ends in an error event, and what was said is booked, uncharged", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
    for (const word of words) await peer.send(`data: ${JSON.stringify(word)}\n\n`);
    await Bun.sleep(20);
    peer.reset();
  });
  await using other = await startGateway({ upstreams: { up: { url: `${server.url}/v1` } } });
  const text = await (await chat(other, { stream: true })).text();
  expect(dataLines(text).at(-1)).toContain('"error"');
  expect(text).not.toContain("[DONE]");
  const row = (await other.logs())[0];
  expect(row?.outcome).toBe("failed");
  expect(["0", null]).toContain(row?.cost_nanos ?? null);
});

test("F34 a length that promises more than came is 502", async () => {
  await expectFailure(await through({ ...completion(), end: "cut" }), 502, "upstream_truncated");
});

test("F36 a body delimited by its end and cut short is 502, never half an answer", async () => {
  const body = JSON.stringify(completion().body).slice(0, -20);
  const raw = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${body}`;
  const response = await through({ raw });
  expect(response.status).toBe(502);
  expect(await response.text()).not.toContain("Hello there!");
});

test.each([
  ["truncated JSON", { body: '{"id":"canary' }],
  ["a login page", { headers: { "content-type": "text/html" }, body: "<html>canary</html>" }],
  ["a login page that says it is JSON", { body: "<html>canary</html>" }],
  ["nothing", { body: "" }],
  ["JSON that is no answer", { body: '["canary"]' }],
] as const)("F37 200 with %s is 502 and its text does not leak", async (_, script) => {
  await expectFailure(await through(script), 502, "upstream_bad_response");
  expect(gateway.output()).not.toContain("canary");
});

test.each([
  ["truncated JSON", { events: ['{"id":"canary'] }],
  ["a login page", { headers: { "content-type": "text/html" }, body: "<html>canary</html>" }],
] as const)("F37 a stream whose first event is %s gets a real status", async (_, script) => {
  await expectFailure(await through(script, true), 502, "upstream_bad_response");
});

const overloaded = { error: { message: "busy", type: "server_error", code: null } };

test("F38 an error object in a 200 is a failure with a real status", async () => {
  const response = await through({ body: overloaded });
  expect(response.status).toBeGreaterThanOrEqual(500);
  await response.text();
  expect((await newestRow())?.outcome).toBe("failed");
});

test("F38 an error as the first event of a stream gets a real status", async () => {
  const response = await through({ events: [overloaded] }, true);
  expect(response.status).toBeGreaterThanOrEqual(500);
  expect(response.headers.get("content-type")).toBe("application/json");
  await response.text();
  expect((await newestRow())?.outcome).toBe("failed");
});

test("F38 T-10 T-23 an error in mid-stream is the last event, and is neither tokenised nor charged", async () => {
  const response = await through(
    { events: [...words, { error: { ...overloaded.error, message: "x ".repeat(5_000) } }] },
    true,
  );
  const text = await response.text();
  expect(saidText(text)).toBe("Hello");
  expect(dataLines(text).at(-1)).toContain('"error"');
  expect(text).not.toContain("[DONE]");
  const row = await newestRow();
  expect(row).toMatchObject({ outcome: "failed", stream: true });
  expect(row?.output_tokens ?? 0).toBeLessThan(10);
  expect(["0", null]).toContain(row?.cost_nanos ?? null);
});

test.each([400, 404, 422])(
  "T-23 a provider's refusal %d reaches the caller word for word, and costs nothing",
  async (status) => {
    const response = await through(failure(status, "Your fault."));
    expect([response.status, (await errorOf(response)).message]).toEqual([status, "Your fault."]);
    const row = await newestRow();
    expect(row).toMatchObject({ outcome: "failed", error_code: "upstream_rejected", output_tokens: null });
    expect(row?.cost_nanos ?? "0").toBe("0");
  },
);

test.each([301, 302, 303, 307, 308])(
  "F44 a redirect (%d) is 502: no second request, no key sent on",
  async (status) => {
    using thief = new FakeUpstream();
    for (const location of [
      `${thief.url}/chat/completions`,
      "http://169.254.169.254/",
      upstream.url,
      "/v1/chat/completions",
    ]) {
      upstream.calls.length = 0;
      await expectFailure(await through({ status, headers: { location }, body: "" }), 502, "upstream_redirect");
      expect([upstream.calls.length, thief.connections]).toEqual([1, 0]);
    }
  },
);

test.each([401, 403])("F47 a provider's %d for our key is 502, and its words stay here", async (status) => {
  const response = await through(failure(status, `Incorrect API key provided: ${upstreamKey} canary`));
  expect(response.headers.get("x-should-retry")).toBe("false");
  await expectFailure(response, 502, "upstream_auth");
  expect(gateway.output()).not.toContain(upstreamKey);
  expect(upstream.calls).toHaveLength(1);
  await eventually("a metric that says so", async () => (await gateway.metrics()).includes('code="upstream_auth"'));
});
