import { expect, setDefaultTimeout, test } from "bun:test";
import type { UsageLogView } from "#core/api/usage.ts";
import { chat, chatStream, errorOf } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { dataOf, FrameReader } from "../harness/frame-reader.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { type GatedUpstream, gatedUpstream } from "../harness/gated-upstream.ts";

// A process is started for every test.
setDefaultTimeout(30_000);

const done = "data: [DONE]";

function start(upstream: GatedUpstream, gateway: string): Promise<GatewayProcess> {
  const provider = `[provider.up]\ntype = openai-compatible\nbase_url = ${upstream.url}\n[routes]\n* = up\n`;
  return GatewayProcess.start({ program: testedProgram, configuration: `[gateway]\n${gateway}\n${provider}` });
}

/** So many streams, each with its first content read. */
async function openStreams(gateway: GatewayProcess, count: number): Promise<FrameReader[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => chatStream(gateway)));
  const readers = answers.map((answer) => new FrameReader(answer));
  for (const reader of readers) expect(await reader.next()).toContain('"begun"');
  return readers;
}

async function outcomes(gateway: GatewayProcess): Promise<string[]> {
  const { stdout } = await gateway.cli("usage", "logs", "--json");
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as UsageLogView).outcome);
}

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

test("F70 SIGTERM takes readiness back at once, serves on for drain_delay, then refuses; streams finish; exit 0", async () => {
  await using upstream = await gatedUpstream();
  await using gateway = await start(upstream, "drain_delay = 4\nshutdown_grace = 20");
  const readers = await openStreams(gateway, 10);
  gateway.signal("SIGTERM");
  await eventually("readiness is taken back", async () => (await statusOf(`${gateway.url}/readyz`)) === 503);
  expect(await statusOf(`${gateway.url}/livez`)).toBe(200);
  expect((await chat(gateway, { model: "loopback" })).status).toBe(200);
  const refused = await eventually("new work is refused", async () => {
    const answer = await chat(gateway, { model: "loopback" });
    return answer.status === 503 ? answer : undefined;
  });
  expect([refused.headers.get("retry-after"), refused.headers.get("connection")]).toEqual(["1", "close"]);
  expect((await errorOf(refused))["code"]).toBe("draining");
  upstream.open();
  for (const reader of readers) expect((await reader.rest()).at(-1)).toBe(done);
  expect(await gateway.exited()).toBe(0);
  const booked = await outcomes(gateway);
  expect(booked.filter((outcome) => outcome === "finished").length).toBeGreaterThanOrEqual(11);
  expect(booked).not.toContain("aborted");
});

test("F71 a second signal ends the streams with an error event of their protocol, books them and exits soon", async () => {
  await using upstream = await gatedUpstream();
  await using gateway = await start(upstream, "shutdown_grace = 60");
  const readers = await openStreams(gateway, 5);
  gateway.signal("SIGTERM");
  await eventually("readiness is taken back", async () => (await statusOf(`${gateway.url}/readyz`)) === 503);
  gateway.signal("SIGTERM");
  for (const reader of readers) {
    const frames = await reader.rest();
    expect(dataOf(frames.at(-1) ?? "")).toMatchObject({ error: { code: "draining" } });
    expect(frames).not.toContain(done);
  }
  expect(await gateway.exited()).toBe(0);
  expect(await outcomes(gateway)).toEqual(Array.from({ length: 5 }, () => "aborted"));
});

test("what outlives shutdown_grace is ended the same way, by one signal alone", async () => {
  await using upstream = await gatedUpstream();
  await using gateway = await start(upstream, "shutdown_grace = 0.2");
  const [reader] = await openStreams(gateway, 1);
  gateway.signal("SIGINT");
  const frames = (await reader?.rest()) ?? [];
  expect(dataOf(frames.at(-1) ?? "")).toMatchObject({ error: { code: "draining" } });
  expect(await gateway.exited()).toBe(0);
});

test("a stopped gateway leaves neither lock nor socket behind, and starts again on the same data", async () => {
  await using upstream = await gatedUpstream();
  await using gateway = await start(upstream, "");
  expect(await gateway.stop("SIGTERM")).toBe(0);
  expect(await Bun.file(`${gateway.configDir}/control.sock`).exists()).toBe(false);
  await gateway.serve();
  expect(await statusOf(`${gateway.url}/readyz`)).toBe(200);
});
