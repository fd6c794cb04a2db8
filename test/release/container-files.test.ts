/** What describes the containers, as those who read it: hadolint, the schema of compose files, podman-compose, a parser of HCL. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";

const tools = resolve(".cache/release-tools/bin");

/** Runs a program of test/release/requirements.txt; standard output and what it complained of. */
function run(
  name: string,
  ...words: string[]
): { readonly exitCode: number; readonly stdout: string; readonly stderr: string } {
  const program = Bun.which(name, { PATH: tools });
  if (program === null)
    throw new Error(`${join(tools, name)} is missing: make release-check GROUPS=release.container-files`);
  const ended = Bun.spawnSync([program, ...words], { env: { PATH: `${tools}:${process.env["PATH"] ?? ""}` } });
  return { exitCode: ended.exitCode, stdout: ended.stdout.toString(), stderr: ended.stderr.toString() };
}

test("hadolint has nothing to say about the Dockerfile", () => {
  const { exitCode, stdout, stderr } = run("hadolint", "Dockerfile");
  expect([exitCode, stdout, stderr]).toEqual([0, "", ""]);
});

test("compose.yaml is a compose file", () => {
  const { exitCode, stdout, stderr } = run(
    "check-jsonschema",
    "--builtin-schema",
    "vendor.compose-spec",
    "compose.yaml",
  );
  expect([exitCode, stdout, stderr]).toEqual([0, "ok -- validation done\n", ""]);
});

const serviceForm = z.looseObject({
  image: z.string().optional(),
  profiles: z.array(z.string()),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).default([]),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
});
const composeForm = z.looseObject({ services: z.record(z.string(), serviceForm) });

/** compose.yaml as podman-compose resolves it, with these profiles. */
function composed(...profiles: readonly string[]): z.infer<typeof composeForm>["services"] {
  const chosen = profiles.flatMap((profile) => ["--profile", profile]);
  const { exitCode, stdout, stderr } = run("podman-compose", ...chosen, "config");
  if (exitCode !== 0) throw new Error(stderr);
  return composeForm.parse(Bun.YAML.parse(stdout)).services;
}

const profiles: readonly (readonly [profile: string, services: readonly string[]])[] = [
  ["personal", ["gateway"]],
  ["team", ["gateway-team", "postgres", "redis"]],
  ["runtime", ["cli", "gateway"]],
  ["dev", ["dev"]],
  ["test", ["test"]],
];

for (const [profile, services] of profiles) {
  test(`the profile ${profile} of compose.yaml starts ${services.join(", ")}`, () => {
    expect(Object.keys(composed(profile)).toSorted()).toEqual([...services]);
  });
}

const everything = () => composed(...profiles.map(([profile]) => profile));

test("what compose.yaml publishes, it publishes on loopback alone", () => {
  const ports = Object.values(everything()).flatMap((service) => service.ports);
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(port).toStartWith("127.0.0.1:");
});

test("services that run images are read-only, without capabilities and without new privileges", () => {
  const running = Object.entries(everything()).filter(([name]) => name !== "dev" && name !== "test");
  expect(running.map(([name]) => name).toSorted()).toEqual(["cli", "gateway", "gateway-team", "postgres", "redis"]);
  for (const [name, { read_only, cap_drop, security_opt }] of running)
    expect([name, read_only, cap_drop, security_opt]).toEqual([name, true, ["ALL"], ["no-new-privileges:true"]]);
});

test("compose.yaml holds no password: the only secret is a file that somebody must write", () => {
  const values = Object.values(everything()).flatMap(({ environment }) => Object.entries(environment ?? {}));
  const secret = values.filter(([name]) => /PASSWORD|SECRET|TOKEN|_KEY/.test(name));
  expect(secret.length).toBeGreaterThan(0);
  for (const [, value] of secret) expect(value).toMatch(/^(file:\/\/)?\/run\/secrets\/postgres_password$/);
});

const bakeForm = z.looseObject({
  target: z.array(
    z.record(
      z.string(),
      z.looseObject({
        args: z.record(z.string(), z.string()).optional(),
        platforms: z.array(z.string()).optional(),
      }),
    ),
  ),
});

test("docker-bake.hcl builds both processors out of the executables of dist, with arguments that the Dockerfile has", () => {
  const { exitCode, stdout } = run("hcl2tojson", "docker-bake.hcl");
  expect(exitCode).toBe(0);
  const bare = (text: string): string => text.replaceAll('"', "");
  const targets = bakeForm.parse(JSON.parse(stdout)).target.flatMap((each) => Object.entries(each));
  const [, image] = targets.find(([name]) => bare(name) === "gateway") ?? [];
  expect(image?.platforms?.map(bare)).toEqual(["linux/amd64", "linux/arm64"]);
  const known = [...readFileSync("Dockerfile", "utf8").matchAll(/^ARG (\w+)/gm)].map(([, name]) => name ?? "");
  const given = Object.keys(image?.args ?? {}).map(bare);
  expect(given).toContain("EXECUTABLE");
  for (const name of given) expect(known).toContain(name);
});
