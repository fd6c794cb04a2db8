/** Profiles of one's own as typed: made, chosen, explained, refused and deleted. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

/** A stopped gateway with the profile `lab` on `agent`, and `bench` on `lab`. */
async function withProfiles(environment: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const gateway = new GatewayProcess({ program: testedProgram, environment });
  const lab = ["--base", "agent", "--for", "Our lab.", "--set", "gateway.max_retries=0"];
  for (const words of [
    ["lab", ...lab],
    ["bench", "--base", "lab", "--set", "gateway.request_timeout=7"],
  ]) {
    const { exitCode, stderr } = await gateway.cli("profile", "create", ...words, "--profile", "personal");
    expect([exitCode, stderr]).toEqual([0, ""]);
  }
  return gateway;
}

test("a profile of one's own is listed, shown with its base, and acts by flag, by variable and by the key profile", async () => {
  await using gateway = await withProfiles();
  const file = join(gateway.configDir, "profiles/bench.yaml");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await gateway.cli("profile", "list")).stdout).toMatch(/^lab +Our lab\. \(on agent\)$/m);
  const shown = (await gateway.cli("profile", "show", "bench")).stdout;
  expect(shown).toContain(`gateway.request_timeout = 7  from ${file}:4\n  over 300  from profile agent:`);
  const view: unknown = JSON.parse((await gateway.cli("profile", "show", "bench", "--json")).stdout);
  expect(view).toMatchObject({ base: "lab", values: { "gateway.request_timeout": 7, "gateway.max_retries": 0 } });

  const explained = await gateway.cli("config", "explain", "gateway.request_timeout", "--profile", "bench");
  expect(explained.stdout).toStartWith(`gateway.request_timeout = 7  from ${file}:4\n`);
  await gateway.cli("config", "set", "profile", "bench");
  expect((await gateway.cli("config", "get", "gateway.max_retries")).stdout).toBe("0\n");
  const inUse = await gateway.cli("profile", "delete", "bench");
  expect([inUse.exitCode, inUse.stderr.includes("this configuration uses"), existsSync(file)]).toEqual([1, true, true]);
  gateway.write("live/gateway.ini", "profile = lab\n");
  const elsewhere = await gateway.cli("profile", "delete", "lab");
  expect([elsewhere.exitCode, elsewhere.stderr]).toEqual([1, expect.stringContaining("the environment live uses")]);
  const shipped: unknown = JSON.parse((await gateway.cli("profile", "show", "team", "--json")).stdout);
  expect(shipped).toMatchObject({ base: null, file: null });
  await using other = await withProfiles({ TOKLIGENCE_PROFILE: "bench" });
  expect((await other.cli("config", "get", "gateway.max_retries")).stdout).toBe("0\n");
});

test("T-51: what is wrong with a profile is said with file and line, and a slip with the nearest name", async () => {
  await using gateway = await withProfiles();
  for (const [words, code, said] of [
    [["create", "team"], 1, 'the profile "team" is shipped'],
    [["create", "My Own"], 2, "a-z, 0-9 and -"],
    [["create", "x", "--base", "tema"], 2, 'did you mean "team"?'],
    [["create", "x", "--set", "gateway.prot=1"], 2, 'did you mean "gateway.port"?'],
    [["create", "x", "--set", "gateway.max_retries=many"], 78, "profiles/x.yaml:4: gateway.max_retries: expected"],
    // A variable of the harness says another one.
    [["create", "x", "--set", "gateway.port=many"], 78, "gateway.port: expected"],
    [["delete", "team"], 1, "cannot be deleted"],
    [["delete", "lab"], 1, 'the profile "bench" uses'],
    [["show", "bensh"], 2, "there is no profile"],
  ] as const) {
    const { exitCode, stderr } = await gateway.cli("profile", ...words);
    expect([words, exitCode, stderr.includes(said)]).toEqual([words, code, true]);
  }
  expect(existsSync(join(gateway.configDir, "profiles/x.yaml"))).toBe(false);
  gateway.write("profiles/lab.yaml", "# Our lab.\nbase: bench\n");
  const circle = await gateway.cli("config", "validate", "--profile", "bench");
  expect([circle.exitCode, circle.stderr]).toEqual([
    78,
    expect.stringContaining("profiles/lab.yaml:2: base: goes round"),
  ]);
  for (const name of ["bench", "lab"]) {
    expect((await gateway.cli("profile", "delete", name, "--force")).exitCode).toBe(0);
    expect(existsSync(join(gateway.configDir, `profiles/${name}.yaml`))).toBe(false);
  }
});
