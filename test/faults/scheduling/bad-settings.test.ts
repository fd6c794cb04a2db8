import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";

setDefaultTimeout(30_000);

/** Runs `serve` on this configuration; its exit code and what it complained of. */
async function refusal(configuration: string, files: Readonly<Record<string, string>> = {}) {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration });
  for (const [name, text] of Object.entries(files)) gateway.write(name, text);
  gateway.spawn();
  const exitCode = await gateway.exited();
  return { exitCode, stderr: gateway.stderr, configDir: gateway.configDir };
}

/** Every line of the first kind must be complained of where it stands. */
async function expectEach(lines: readonly (readonly [line: string, complaint: string | undefined])[]): Promise<void> {
  const { exitCode, stderr, configDir } = await refusal(`${lines.map(([line]) => line).join("\n")}\n`);
  const file = join(configDir, "dev/gateway.ini");
  for (const [index, [line, complaint]] of lines.entries()) {
    if (complaint !== undefined) expect(stderr).toContain(`${file}:${index + 1}: ${complaint}`);
    else if (!line.startsWith("[")) throw new Error(`What of ${line}?`);
  }
  expect(exitCode).toBe(78);
  expect(stderr.split("\n").filter((line) => line.includes(`${file}:`))).toHaveLength(
    lines.filter(([, complaint]) => complaint !== undefined).length,
  );
}

const section = (name: string) => [`[${name}]`, undefined] as const;
const bad = (name: string) => (key: string, value: string, says: string) =>
  [`${key} = ${value}`, `${name}.${key}: expected ${says}`] as const;

test("T-51 every key of scheduling refuses what it cannot mean, all at once, each with file and line, and exits 78", async () => {
  const scheduling = bad("scheduling");
  const scheduler = bad("scheduler");
  const breaker = bad("circuit_breaker");
  const rate = bad("rate_limit");
  const rules = bad("time_rules");
  const whole = "whole number from ";
  const rates = ["per_user", "per_ip", "per_key", "per_team"].flatMap((key) => [
    rate(key, "-1", `${whole}0 to 1000000000`),
    rate(`tokens_${key}`, "1.5", `${whole}0 to 1000000000`),
  ]);
  await expectEach([
    section("scheduling"),
    scheduling("enabled", "maybe", "true or false"),
    scheduling("priority_enabled", "2", "true or false"),
    scheduling("capacity_model", "three_dimensional", "one of simple, multi_dimensional"),
    scheduling("degradation_mode", "fail_sideways", "one of disabled, fail_open, fail_closed"),
    section("scheduler"),
    scheduler("priority_levels", "0", `${whole}1 to 100`),
    scheduler("default_priority", "-1", `${whole}0 to 99`),
    scheduler("policy", "fair", "one of strict, weighted, hybrid"),
    scheduler("ageing_ms", "0", `${whole}1 to 3600000`),
    scheduler("floors", "0, 31", "list of numbers from 0 to 30"),
    scheduler("weights", "0, 1", "list of whole numbers from 1 to 1000000"),
    scheduler("wait_budget_ms", "soon", "list of whole numbers from 0 to 3600000"),
    scheduler("max_queue", "-1", `${whole}0 to 1000000`),
    scheduler("tenant_share", "0", `${whole}1 to 100`),
    scheduler("max_queue_bytes", "1e9", `${whole}0 to `),
    scheduler("max_age_ms", "0", `${whole}1 to 3600000`),
    scheduler("queue_timeout", "0", "seconds from 0.001 to 604800"),
    scheduler("cost_weights", "1, -1, 4", "list of numbers from 0 to 1000"),
    scheduler("adaptive", "a bit", "true or false"),
    section("circuit_breaker"),
    breaker("threshold", "-1", `${whole}0 to 100000`),
    breaker("timeout", "0", "seconds from 0.001 to 604800"),
    breaker("failure_rate", "101", "number from 0 to 100"),
    breaker("window", "0.5", "seconds from 1 to 604800"),
    breaker("minimum_requests", "0", `${whole}1 to 1000000`),
    breaker("probes", "0", `${whole}1 to 1000`),
    section("rate_limit"),
    rate("enabled", "sometimes", "true or false"),
    rate("mode", "dry", "one of enforce, shadow"),
    ...rates,
    section("time_rules"),
    rules("enabled", "at night", "true or false"),
    rules("check_interval", "0", "seconds from 1 to 604800"),
    rules("file_check_interval", "0.9", "seconds from 1 to 604800"),
    rules("default_timezone", "Mars/Phobos", "name of a time zone"),
    section("provider.loopback"),
    ...["max_tokens_per_sec", "max_rps", "max_concurrent", "max_context_length"].map((key) =>
      bad("provider.loopback")(key, "1000000001", `${whole}0 to 1000000000`),
    ),
  ]);
});

test("T-51 what is no key of scheduling is named with the key that was meant", async () => {
  await expectEach([
    section("scheduling"),
    ["enabeld = true", 'scheduling.enabeld: unknown key; did you mean "scheduling.enabled"?'],
    section("scheduler"),
    ["polcy = strict", 'scheduler.polcy: unknown key; did you mean "scheduler.policy"?'],
    section("circuit_breaker"),
    ["treshold = 1", 'circuit_breaker.treshold: unknown key; did you mean "circuit_breaker.threshold"?'],
    section("rate_limit"),
    ["per_usr = 1", 'rate_limit.per_usr: unknown key; did you mean "rate_limit.per_user"?'],
    section("time_rules"),
    ["fil = x", 'time_rules.fil: unknown key; did you mean "time_rules.file"?'],
  ]);
});

test("T-51 what contradicts itself is refused where it stands: floors over 30 %, lists of the wrong length, levels that are none", async () => {
  await expectEach([
    section("scheduler"),
    ["floors = 0, 4, 4, 4, 4, 4, 4, 4, 4, 4", "scheduler.floors: they are 36 % together; at most 30 % may be kept"],
    ["default_priority = 10", "scheduler.default_priority: there are 10 levels, 0 to 9"],
    ["weights = 3, 2, 1", "scheduler.weights: 3 values for 10 levels"],
    ["wait_budget_ms = 1, 2", "scheduler.wait_budget_ms: 2 values for 10 levels"],
    ["cost_weights = 1", "scheduler.cost_weights: three numbers are needed"],
    section("priority_rules"),
    [
      "ci-* = Blk",
      'priority_rules.ci-*: expected a level from 0 to 9, its name, or a tier, got "Blk"; did you mean "Bulk"?',
    ],
    ["nightly = 10", "priority_rules.nightly: expected a level from 0 to 9"],
    ["*@example.com = P10", "priority_rules.*@example.com: expected a level from 0 to 9"],
  ]);
});

test("a broken file of time rules keeps the gateway from starting, each fault with its own file and line", async () => {
  const good = "type = weight_adjustment\nstart_time = 08:00\nend_time = 18:00\n";
  const rules = `[rule.weights.day]
${good}weights = 1, zero
[rule.quotas.night]
type = quota_adjustment
start_time = 25:00
end_time = 6:00
quota.batch-* = cpu:50
[rule.capacity.night]
type = capcity_adjustment
not a line
`;
  const said = "[time_rules]\nenabled = true\nfile = hours.ini\n";
  const { exitCode, stderr, configDir } = await refusal(said, { "hours.ini": rules });
  const file = join(configDir, "hours.ini");
  for (const complaint of [
    "5: rule.weights.day.weights: expected whole numbers",
    "8: rule.quotas.night.start_time: expected a time of day",
    "10: rule.quotas.night.quota.batch-*: expected concurrent:N",
    "12: rule.capacity.night.type: expected one of",
    "13: expected key = value",
  ]) {
    expect(stderr).toContain(`${file}:${complaint}`);
  }
  expect(exitCode).toBe(78);
});

test("a quota of nothing by time of day is refused where a rate cannot mean it, rather than let everybody through", async () => {
  const rule = (quota: string) =>
    `[rule.quotas.night]\ntype = quota_adjustment\nstart_time = 00:00\nend_time = 24:00\nquota.* = ${quota}\n`;
  const said = "[time_rules]\nenabled = true\nfile = hours.ini\n";
  for (const quota of ["rps:0", "tokens_per_sec:0", "concurrent:5, rps:0"]) {
    const { exitCode, stderr } = await refusal(said, { "hours.ini": rule(quota) });
    expect([quota, exitCode, stderr.includes("hours.ini:5: rule.quotas.night.quota.*: ")]).toEqual([quota, 78, true]);
  }
});

test("a file of time rules that is not there is named with the line that asks for it", async () => {
  const { exitCode, stderr, configDir } = await refusal("[time_rules]\nenabled = true\nfile = nowhere.ini\n");
  expect(exitCode).toBe(78);
  expect(stderr).toContain(`${join(configDir, "dev/gateway.ini")}:3: time_rules.file: `);
  expect(stderr).toContain("there is no such file");
});
