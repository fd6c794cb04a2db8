import { beforeEach, expect, test } from "bun:test";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { ConfigurationSource } from "#configurations/configuration-source.ts";
import { Reloader } from "#configurations/reloader.ts";
import { loadSettings } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

/** Files by path as the watch sees them: another text is another signature. */
let files: Map<string, string>;
let clock: VirtualClock;
let log: RecordingLog;
let swapped: Settings[];
let reloader: Reloader;
let refusal: GatewayError | undefined;
let phases: string[];

const file = "/etc/tok/setting.ini";

beforeEach(async () => {
  files = new Map([[file, "[gateway]\nmax_retries = 1\n"]]);
  clock = new VirtualClock();
  log = new RecordingLog();
  swapped = [];
  phases = [];
  refusal = undefined;
  const source = new ConfigurationSource(
    (readFile) => loadSettings({ configDirFlag: "/etc/tok", flags: {}, environ: {}, home: "/home/ada", readFile }),
    { read: (path) => files.get(path), signatureOf: (path) => files.get(path) ?? "absent" },
  );
  const { settings } = source.load();
  const host = { clock, log, onReload: (phase: string) => void phases.push(phase) };
  const swap = (said: Settings): void => {
    if (refusal !== undefined) throw refusal;
    swapped.push(said);
  };
  reloader = new Reloader(settings, { host, meter: new RecordingMeter(), source, swap });
  await reloader.start();
});

const retries = (): number[] => swapped.map(({ gateway }) => gateway.maxRetries);

test("a changed file is taken over once it has been the same for two looks", () => {
  clock.advance(5_000);
  expect(swapped).toEqual([]);
  files.set(file, "[gateway]\nmax_re");
  clock.advance(1_000);
  files.set(file, "[gateway]\nmax_retries = 4\n");
  clock.advance(1_000);
  expect(swapped).toEqual([]);
  clock.advance(1_000);
  expect(retries()).toEqual([4]);
  clock.advance(60_000);
  expect([retries(), reloader.status().generation, phases]).toEqual([[4], 2, ["begins", "ended"]]);
});

test("a file that appears counts as much as one that changes; what says the same builds nothing", () => {
  files.set("/etc/tok/config.yaml", "gateway:\n  max_retries: 1\n");
  clock.advance(3_000);
  expect([swapped, reloader.status().generation]).toEqual([[], 1]);
  files.set("/etc/tok/dev/gateway.ini", "[gateway]\nmax_retries = 3\n");
  clock.advance(3_000);
  expect(retries()).toEqual([3]);
});

test("F74 a file that is gone altogether is not taken for an empty one, unless somebody says so", () => {
  files.delete(file);
  clock.advance(60_000);
  expect([swapped, reloader.status().last_failure?.problems]).toEqual([
    [],
    [`${file}: the file is gone; if that is meant, send SIGHUP`],
  ]);
  expect(log.lines.filter(({ event }) => event === "config_reload_failed")).toHaveLength(1);
  files.set(file, "[gateway]\nmax_retries = 1\n");
  clock.advance(3_000);
  expect(reloader.status().last_failure).toBeUndefined();
  files.delete(file);
  expect(reloader.reload("signal").result).toBe("applied");
});

test("F74 a file that says nothing any more is not taken over either: a full disk leaves such files", () => {
  files.set(file, "\n");
  clock.advance(60_000);
  expect([swapped, reloader.status().last_failure?.problems]).toEqual([
    [],
    [`${file}: the file is empty; if that is meant, send SIGHUP`],
  ]);
  expect(reloader.reload("signal").result).toBe("applied");
});

test("a file that nobody names any more may go with its name, and what is refused holds up nothing that comes after", () => {
  const provider = "[provider.p]\ntype = openai\napi_key = file:///run/key\n";
  files.set("/run/key", "sk-one").set(file, provider);
  clock.advance(3_000);
  files.delete("/run/key");
  clock.advance(3_000);
  expect(reloader.status().last_failure?.problems).toHaveLength(1);
  files.set(file, "[gateway]\nmax_retries = 6\n");
  clock.advance(3_000);
  expect([retries().at(-1), reloader.status().last_failure]).toEqual([6, undefined]);
});

test("rules by time of day that have changed are taken over with all the rest", () => {
  const rules = "[rule.quota.x]\ntype = quota_adjustment\nstart_time = 00:00\nend_time = 24:00\nquota.a = rps:1\n";
  files.set(file, "[time_rules]\nenabled = true\nfile = /etc/rules\n").set("/etc/rules", "");
  expect(reloader.reload("signal").result).toBe("applied");
  files.set("/etc/rules", rules);
  expect(reloader.reload("signal").result).toBe("applied");
  expect(reloader.reload("signal").result).toBe("unchanged");
});

test("settings that nothing can be built from change nothing, and are tried again when they change", () => {
  refusal = new GatewayError("config_invalid", "provider.x: no");
  files.set(file, "[gateway]\nmax_retries = 5\n");
  clock.advance(60_000);
  expect([swapped, reloader.status()]).toMatchObject([
    [],
    { generation: 1, last_failure: { problems: ["provider.x: no"] } },
  ]);
  refusal = undefined;
  expect(reloader.reload("signal").result).toBe("applied");
  expect(reloader.status()).toMatchObject({ generation: 2, restart_needed: [] });
});

test("with gateway.watch_config off only being told counts, until it is on again", () => {
  files.set(file, "[gateway]\nwatch_config = false\n");
  clock.advance(3_000);
  files.set(file, "[gateway]\nwatch_config = true\nmax_retries = 7\n");
  clock.advance(60_000);
  expect(swapped).toHaveLength(1);
  reloader.reload("signal");
  expect(retries().at(-1)).toBe(7);
});

test("what waits for a restart is no longer named once it is as at the start", () => {
  files.set(file, "[gateway]\nmax_retries = 1\nport = 9999\n");
  reloader.reload("signal");
  expect(reloader.status().restart_needed).toEqual(["gateway.port"]);
  expect(swapped.at(-1)?.gateway.port).toBe(8081);
  files.set(file, "[gateway]\nmax_retries = 1\n");
  reloader.reload("signal");
  expect(reloader.status().restart_needed).toEqual([]);
});

test("settings that a program hands in are taken over as they are", async () => {
  const [first, log2] = [
    loadSettings({ flags: {}, environ: {}, home: "/h", readFile: () => undefined }),
    new RecordingLog(),
  ];
  const host = { clock, log: log2, onReload: () => undefined };
  const parts = {
    host,
    meter: new RecordingMeter(),
    source: undefined,
    swap: (said: Settings) => void swapped.push(said),
  };
  const own = new Reloader(first.settings, parts);
  await own.start();
  const given = { ...first.settings, gateway: { ...first.settings.gateway, maxRetries: 9 } };
  expect([own.reload("program", given).result, own.reload("program", given).result]).toEqual(["applied", "unchanged"]);
  expect(own.reload("signal")).toMatchObject({ result: "failed" });
  expect(retries()).toEqual([9]);
  await own.stop();
  expect(own.reload("program", first.settings)).toMatchObject({ result: "failed" });
});
