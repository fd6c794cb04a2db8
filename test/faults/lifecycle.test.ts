import { expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UsageLogView } from "#core/api/usage.ts";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { FrameReader } from "../harness/frame-reader.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { chunk, stream } from "../harness/upstream-script.ts";
import { temporaryDirectory } from "../stores/temporary-directory.ts";

const deadlineMs = 60_000;
const compiled = process.env.TOKLIGENCE_BINARY !== undefined;

function upstreamIni({ url }: { readonly url: string }): string {
  return `[provider.up]\ntype = openai-compatible\nbase_url = ${url}\n[routes]\n* = up\n`;
}

/** All rows, read by a command from the store of a gateway that has ended. */
async function rowsOf(gateway: GatewayProcess): Promise<UsageLogView[]> {
  const logs = await gateway.cli("usage", "logs", "--json", "--limit", "1000");
  expect([logs.exitCode, logs.stderr]).toEqual([0, ""]);
  return logs.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as UsageLogView);
}

test("F78 started in a hostile directory it takes nothing from there: no settings, no variables, no code", async () => {
  using hostile = temporaryDirectory();
  const trace = join(hostile.path, "preloaded");
  const plant = (name: string, text: string): void => writeFileSync(join(hostile.path, name), text);
  mkdirSync(join(hostile.path, "config", "dev"), { recursive: true });
  mkdirSync(join(hostile.path, "dev"));
  for (const name of ["dev/gateway.ini", "config/dev/gateway.ini"]) plant(name, "[gateway]\nmax_retries = 9\n");
  for (const name of ["setting.ini", "config/setting.ini"]) plant(name, "log_level = error\n");
  plant("config.yaml", "gateway:\n  max_retries: 9\n");
  // Running the source is Bun's own program reading its own files; the executable is ours alone.
  if (compiled) {
    for (const name of [".env", ".env.local", ".env.production"]) plant(name, "TOKLIGENCE_GATEWAY_MAX_RETRIES=9\n");
    plant("bunfig.toml", 'preload = ["./evil.ts"]\n[run]\npreload = ["./evil.ts"]\n');
    plant("evil.ts", `require("node:fs").writeFileSync(${JSON.stringify(trace)}, "ran");`);
    plant("package.json", '{"imports":{"#*":"./evil.ts"}}');
    plant("tsconfig.json", '{"compilerOptions":{"paths":{"*":["./evil.ts"]}}}');
  }
  await using gateway = await GatewayProcess.start({ program: testedProgram, workingDirectory: hostile.path });
  expect((await chat(gateway, { model: "loopback" })).status).toBe(200);
  const retries = await gateway.cli("config", "get", "gateway.max_retries");
  expect([retries.exitCode, retries.stdout.trim()]).toEqual([0, "2"]);
  expect(existsSync(trace)).toBe(false);
});

test(
  "F72 killed four times under load it starts again at once by itself, and every answer that ended has its row",
  async () => {
    using upstream = new FakeUpstream(stream());
    await using gateway = new GatewayProcess({ program: testedProgram, configuration: upstreamIni(upstream) });
    const acknowledged = new Set<string>();
    let serving = false;
    const caller = async (): Promise<void> => {
      while (serving) {
        try {
          const response = await chat(gateway, { stream: true });
          const text = await response.text();
          if (text.endsWith("data: [DONE]\n\n")) acknowledged.add(response.headers.get("x-request-id") ?? "");
        } catch {
          return;
        }
      }
    };
    for (let round = 1; round <= 4; round += 1) {
      await gateway.serve();
      serving = true;
      const callers = Array.from({ length: 8 }, caller);
      const before = acknowledged.size;
      await eventually("acknowledged calls", () => acknowledged.size > before + 20 * round);
      await gateway.stop("SIGKILL");
      serving = false;
      await Promise.all(callers);
    }
    await gateway.serve();
    const answer = await fetch("http://localhost/api/v1/usage/logs?limit=1000", {
      unix: join(gateway.configDir, "control.sock"),
    });
    const { data } = (await answer.json()) as { data: UsageLogView[] };
    const newest = new Set(data.map((row) => row.request_id as string));
    expect(newest.size).toBe(data.length);
    if (data.length < 1_000) expect([...acknowledged].filter((id) => !newest.has(id))).toEqual([]);
    else expect([...acknowledged].slice(-200).filter((id) => !newest.has(id))).toEqual([]);
    expect((await gateway.stop()) === 0 && gateway.stderr.includes("internal")).toBe(false);
  },
  deadlineMs,
);

test(
  "F70 T-33 with fifty streams running, SIGTERM lets every one of them end, books each, refuses new work, and exits 0",
  async () => {
    const words = Array.from({ length: 10 }, (_, index) => `w${index} `);
    using upstream = new FakeUpstream({ ...stream(words), intervalMs: 100 });
    await using gateway = await GatewayProcess.start({
      program: testedProgram,
      configuration: upstreamIni(upstream),
    });
    const streams = Array.from({ length: 50 }, async () => (await chat(gateway, { stream: true })).text());
    await eventually("fifty calls", () => upstream.calls.length === 50);
    gateway.signal("SIGTERM");
    await eventually("it drains", () => gateway.stderr.includes('"draining"'));
    const late = await chat(gateway).then(
      (response) => response.status,
      () => "refused",
    );
    expect([503, "refused"]).toContain(late);
    for (const text of await Promise.all(streams)) {
      expect(text).toContain("w9 ");
      expect(text).toEndWith("data: [DONE]\n\n");
    }
    expect(await gateway.exited()).toBe(0);
    expect(upstream.calls).toHaveLength(50);
    const rows = await rowsOf(gateway);
    expect([rows.length, new Set(rows.map((row) => row.outcome))]).toEqual([50, new Set(["finished"])]);
  },
  deadlineMs,
);

test(
  "F71 a second signal ends fifty streams with an error event, books each once, and stops every provider",
  async () => {
    using upstream = new FakeUpstream({ events: [chunk({ content: "first " })], end: "hang" });
    await using gateway = await GatewayProcess.start({
      program: testedProgram,
      configuration: upstreamIni(upstream),
    });
    const readers = await Promise.all(
      Array.from({ length: 50 }, async () => new FrameReader(await chat(gateway, { stream: true }))),
    );
    for (const reader of readers) expect(await reader.next()).toContain("first ");
    gateway.signal("SIGINT");
    await eventually("it drains", () => gateway.stderr.includes('"draining"'));
    gateway.signal("SIGTERM");
    for (const frames of await Promise.all(readers.map((reader) => reader.rest()))) {
      expect(frames.at(-1)).toMatch(/^data: \{"error":\{.*"code":"draining"/);
    }
    await gateway.exited();
    const rows = await rowsOf(gateway);
    expect([rows.length, new Set(rows.map((row) => row.request_id)).size]).toEqual([50, 50]);
    expect(rows.every((row) => row.outcome === "aborted" && row.error_code === "draining")).toBe(true);
    await eventually("every provider is stopped", () => upstream.calls.every((call) => call.abortedAtMs !== undefined));
  },
  deadlineMs,
);
