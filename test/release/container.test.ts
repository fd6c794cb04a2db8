/**
 * The image, built by scripts/dist/dist-docker.ts from the real Dockerfile and run by Podman. Its base cannot be fetched here: a
 * stand-in has its name. `make release-check` builds the executable and brings Buildah, Podman and runc.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { z } from "zod";
import { chat, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { type BuiltImage, buildImage } from "./built-image.ts";
import { ContainerEngine, type ContainerStart } from "./container-engine.ts";

const engine = new ContainerEngine();
const port = freePort();
const onPort = `--env=TOKLIGENCE_GATEWAY_PORT=${port}`;
let image: BuiltImage;

beforeAll(async () => {
  image = await buildImage(engine);
}, 130_000);
afterAll(() => engine[Symbol.asyncDispose]());

const configurationOf = z.tuple([
  z.object({
    User: z.string(),
    Size: z.int(),
    Config: z.object({
      Env: z.array(z.string()),
      Entrypoint: z.array(z.string()),
      Cmd: z.array(z.string()),
      WorkingDir: z.string(),
      Volumes: z.record(z.string(), z.unknown()),
      ExposedPorts: z.record(z.string(), z.unknown()),
      StopSignal: z.string(),
      Labels: z.record(z.string(), z.string()),
    }),
    Healthcheck: z.object({ Test: z.array(z.string()) }),
  }),
]);

test("the image says: no root, port 8081, data kept in a volume, keys asked for, and a health check by the executable itself", async () => {
  const { stdout } = await engine.podman("image", "inspect", image.name);
  const [{ User, Config, Healthcheck }] = configurationOf.parse(JSON.parse(stdout));
  const { Env, Labels, ...rest } = Config;
  expect({ User, ...rest, Healthcheck }).toEqual({
    User: "65532:65532",
    Entrypoint: ["tokligence"],
    Cmd: ["serve"],
    WorkingDir: "/app",
    Volumes: { "/app/data": {} },
    ExposedPorts: { "8081/tcp": {} },
    StopSignal: "SIGTERM",
    Healthcheck: { Test: ["CMD", "tokligence", "status"] },
  });
  expect(Env.filter((line) => !line.startsWith("PATH=")).toSorted()).toEqual([
    "TOKLIGENCE_CONFIG_DIR=/app/config",
    "TOKLIGENCE_DATABASE_PATH=/app/data/gateway.db",
    "TOKLIGENCE_GATEWAY_AUTH_ENABLED=true",
    "TOKLIGENCE_GATEWAY_HOST=0.0.0.0",
  ]);
  expect(Labels["org.opencontainers.image.version"]).toBe(image.version);
  expect(Labels["org.opencontainers.image.source"]).toBe("https://github.com/tokligence/gateway");
});

test("beside its base the image holds the executable of the archives, byte for byte, its licenses, the templates, and nothing else", async () => {
  const root = (await engine.podman("image", "mount", image.name)).stdout.trim();
  const added = [...new Glob("**/*").scanSync({ cwd: root, dot: true })].filter(
    (path) => !existsSync(join(image.base, path)),
  );
  const templates = [...new Glob("config/**/*").scanSync(".")].map((path) => `app/${path}`);
  expect(added.toSorted()).toEqual(
    ["app/LICENSE", "app/THIRD_PARTY_LICENSES", "app/data/.keep", ...templates, "usr/local/bin/tokligence"].toSorted(),
  );
  const program = join(root, "usr/local/bin/tokligence");
  expect(Bun.hash(readFileSync(program))).toBe(Bun.hash(readFileSync(image.executable)));
  const mode = (path: string): readonly unknown[] => {
    const { uid, gid, mode: bits } = statSync(join(root, path));
    return [uid, gid, (bits & 0o7777).toString(8)];
  };
  expect(mode("usr/local/bin/tokligence")).toEqual([0, 0, "755"]);
  expect(mode("app/data")).toEqual([65532, 0, "775"]);
  const { stdout } = await engine.podman("image", "inspect", "--format={{.Size}}", image.name);
  process.stdout.write(
    `image: ${(Number(stdout) / 1e6).toFixed(0)} MB, executable ${(statSync(program).size / 1e6).toFixed(0)} MB\n`,
  );
});

/** Starts a gateway and waits until its health check, as an engine would run it, is content. */
async function serving(start: Omit<ContainerStart, "detached">): Promise<void> {
  const { exitCode, stderr } = await engine.container(image.name, { ...start, detached: true });
  if (exitCode !== 0) throw new Error(stderr);
  const isHealthy = async () => (await engine.podman("healthcheck", "run", start.name)).exitCode === 0;
  await eventually("the container is healthy", isHealthy, 30_000).catch(async (error: unknown) => {
    const { stdout, stderr: log } = await engine.podman("logs", start.name);
    throw new Error(`${stdout}${log}`, { cause: error });
  });
}

async function stop(name: string): Promise<number> {
  await engine.podman("stop", "--time=30", name);
  const { stdout } = await engine.podman("inspect", "--format={{.State.ExitCode}}", name);
  await engine.podman("rm", name);
  return Number(stdout);
}

function askWith(key: string): Promise<Response> {
  return chat({ url: `http://127.0.0.1:${port}` }, { model: "loopback" }, withKey(key));
}

const madeKey = z.object({ key: z.string().startsWith("tok_") });

test("read-only, without capabilities and as process 1 it serves, gives out a key by exec and answers a call, and SIGTERM ends it with 0", async () => {
  await serving({ name: "first", flags: [onPort, "--volume=first:/app/data"] });
  const made = await engine.podman(
    "exec",
    "first",
    "tokligence",
    "apikey",
    "create",
    "root@localhost",
    "--name",
    "a",
    "--json",
  );
  const { key } = madeKey.parse(JSON.parse(made.stdout));
  expect((await askWith("tok_live_none")).status).toBe(401);
  const answer = await askWith(key);
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("Hello")]);
  const top = await engine.podman("top", "first", "pid,huser,args");
  expect(top.stdout.trim().split("\n").slice(1)).toEqual([expect.stringMatching(/^1 +65532 +tokligence serve/)]);
  expect(await stop("first")).toBe(0);

  // The data outlives the container, and the health check of a gateway that is not there fails.
  const missed = await engine.container(image.name, {
    name: "down",
    flags: ["--volume=first:/app/data"],
    words: ["status"],
  });
  expect([missed.exitCode, missed.stderr]).toEqual([69, expect.stringContaining("No gateway runs on /app/data.")]);
  await serving({ name: "second", flags: [onPort, "--volume=first:/app/data"] });
  expect((await askWith(key)).status).toBe(200);
  expect(await stop("second")).toBe(0);
}, 60_000);

test("the command line in a second container, without a network, works on the gateway that runs through their common data", async () => {
  await serving({ name: "gateway", flags: [onPort, "--volume=common:/app/data"] });
  const flags = ["--volume=common:/app/data"];
  const cli = (...words: string[]) => engine.container(image.name, { name: "cli", flags, words, network: "none" });
  expect((await cli("user", "create", "ada@example.com")).exitCode).toBe(0);
  const made = await cli("apikey", "create", "ada@example.com", "--name", "laptop", "--json");
  expect((await askWith(madeKey.parse(JSON.parse(made.stdout)).key)).status).toBe(200);
  expect(await stop("gateway")).toBe(0);
}, 60_000);

/** A folder of a user of this machine, closed to all others, with a configuration. */
function privateFolder(name: string): string {
  const folder = join(engine.scratch, name);
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, "setting.ini"), "[routes]\nmine = loopback/loopback\n", { mode: 0o600 });
  chownSync(join(folder, "setting.ini"), 4711, 4711);
  chownSync(folder, 4711, 4711);
  return folder;
}

test("a private folder alone, mounted at /app/config for its owner, is the configuration; read-only it stays as it was", async () => {
  const folder = privateFolder("mine");
  await serving({ name: "owner", flags: [onPort, "--user=4711", `--volume=${folder}:/app/config:ro`] });
  const explained = await engine.podman("exec", "owner", "tokligence", "route", "explain", "mine", "--json");
  expect([explained.exitCode, explained.stdout]).toEqual([0, expect.stringContaining("loopback")]);
  expect(await stop("owner")).toBe(0);
  expect(readdirSync(folder)).toEqual(["setting.ini"]);
}, 60_000);

test("a folder as Kubernetes mounts a ConfigMap is the configuration, and taken over when its files are exchanged", async () => {
  const folder = join(engine.scratch, "config-map");
  const mount = (route: string): void => {
    mkdirSync(join(folder, `..${route}`), { recursive: true });
    writeFileSync(join(folder, `..${route}/setting.ini`), `[routes]\n${route} = loopback/loopback\n`);
    symlinkSync(`..${route}`, join(folder, "..new"));
    renameSync(join(folder, "..new"), join(folder, "..data"));
  };
  mount("before");
  symlinkSync("..data/setting.ini", join(folder, "setting.ini"));
  await serving({ name: "mapped", flags: [onPort, `--volume=${folder}:/app/config:ro`] });
  const routes = async (name: string): Promise<boolean> =>
    (await engine.podman("exec", "mapped", "tokligence", "route", "explain", name)).exitCode === 0;
  expect([await routes("before"), await routes("after")]).toEqual([true, false]);
  mount("after");
  await eventually("the new files are the configuration", () => routes("after"));
  expect(await routes("before")).toBe(false);
  expect(await stop("mapped")).toBe(0);
}, 60_000);

const refused: readonly (readonly [string, readonly string[], number, string])[] = [
  [
    "a configuration that its user may not read",
    ["--volume=SECRET:/app/config"],
    78,
    "cannot read /app/config/setting.ini",
  ],
  ["data that its user may not write", ["--volume=SECRET:/app/data"], 78, "Cannot write /app/data/gateway.lock"],
  ["no keys", ["--env=TOKLIGENCE_GATEWAY_AUTH_ENABLED=false"], 78, "needs gateway.auth.enabled = true"],
  [
    "the team profile, as long as it is not built",
    ["--env=TOKLIGENCE_PROFILE=team"],
    78,
    "PostgreSQL store is not built",
  ],
];

test("what it cannot keep is said in a line, and ends with 78", async () => {
  const folder = privateFolder("closed");
  for (const [what, flags, exitCode, said] of refused) {
    const mounted = flags.map((flag) => flag.replace("SECRET", folder));
    const ended = await engine.container(image.name, { name: "refused", flags: [onPort, ...mounted] });
    expect([what, ended.exitCode, ended.stderr]).toEqual([what, exitCode, expect.stringContaining(said)]);
  }
}, 60_000);
