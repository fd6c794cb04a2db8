/** From the executable alone to the first answer, as its own words tell a new user. */
import { expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { BareMachine } from "../harness/bare-machine.ts";
import { binaryProgram } from "../harness/gateway-process.ts";
import { freePort } from "../harness/free-port.ts";

/** The lines below `heading`, as far as they are indented: what a reader would copy. */
function linesBelow(text: string, heading: string): string {
  const [, rest = ""] = text.split(`${heading}\n`);
  const lines = rest.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("  "));
  return lines.slice(0, end === -1 ? undefined : end).join("\n");
}

function contentOf(body: string): string | undefined {
  const answer = JSON.parse(body) as { choices: readonly { message: { content: string } }[] };
  return answer.choices[0]?.message.content;
}

test("in an empty home serve works at once, and the curl line it prints works as pasted", async () => {
  await using machine = new BareMachine();
  const server = await machine.serve(["serve", "--port", String(freePort())]);
  const pasted = linesBelow(server.stdout(), "Try it:");
  expect(pasted.trim()).toStartWith("curl http://127.0.0.1:");
  const { exitCode, stdout } = await machine.shell(pasted);
  expect([exitCode, contentOf(stdout)]).toEqual([0, "Hello"]);

  const exports = linesBelow(server.stdout(), "Point your tools at it:");
  for (const [request, answer] of [
    [
      'curl -sf -H "authorization: Bearer $OPENAI_API_KEY" $OPENAI_BASE_URL/models',
      { object: "list", data: [{ id: "loopback" }] },
    ],
    [
      'curl -sf -H "x-api-key: $ANTHROPIC_API_KEY" -H "anthropic-version: 2023-06-01" $ANTHROPIC_BASE_URL/v1/models',
      { data: [{ type: "model", id: "loopback" }] },
    ],
    [
      'curl -sf -H "x-goog-api-key: $GEMINI_API_KEY" $GOOGLE_GEMINI_BASE_URL/v1beta/models',
      { models: [{ name: "models/loopback" }] },
    ],
  ] as const) {
    expect(JSON.parse((await machine.shell(`${exports}\n${request}`)).stdout)).toMatchObject(answer);
  }

  const rows = await machine.run(["usage", "logs", "--json"]);
  expect(rows.stdout.trim().split("\n")).toHaveLength(1);
  expect(await server.stop()).toBe(0);
  expect((await machine.run(["usage", "logs", "--json"])).stdout).toBe(rows.stdout);
});

test("what it keeps lies in ~/.config/tokligence, readable by its owner alone, and nowhere else", async () => {
  await using machine = new BareMachine();
  const server = await machine.serve(["serve", "--port", String(freePort())]);
  expect(readdirSync(machine.directory)).toEqual([]);
  expect(readdirSync(machine.home)).toEqual([".config"]);
  const kept = join(machine.home, ".config/tokligence");
  expect(readdirSync(kept)).toContain("gateway.db");
  for (const name of ["", ...readdirSync(kept)]) {
    expect([name, statSync(join(kept, name)).mode & 0o077]).toEqual([name, 0]);
  }
  await server.stop();
});

test("the steps printed where keys are needed work as pasted", async () => {
  await using machine = new BareMachine();
  const port = String(freePort());
  const server = await machine.serve(["serve", "--port", port, "--set", "gateway.auth.enabled=true"]);
  const pasted = linesBelow(server.stdout(), "Try it:");
  expect((await machine.shell(pasted)).stdout).toContain("invalid_api_key");
  const steps = linesBelow(server.stdout(), "Every request needs a key. Make a user and a key:");
  const made = await machine.shell(`tokligence() { ${binaryProgram.join(" ")} "$@"; }\n${steps}`);
  expect([made.exitCode, made.stderr]).toEqual([0, ""]);
  const [key = ""] = /\btok_(live|test)_\w+/.exec(made.stdout) ?? [];
  const answer = await machine.shell(`export TOKLIGENCE_KEY=${key}\n${pasted}`);
  expect(contentOf(answer.stdout)).toBe("Hello");
  await server.stop();
});

test("init --yes writes a configuration that serve takes, and never overwrites one", async () => {
  await using machine = new BareMachine();
  const directory = join(machine.directory, "my config");
  const port = String(freePort());
  const made = await machine.run(["init", "--yes", "--config-dir", directory, "--port", port, "--json"]);
  const { files } = JSON.parse(made.stdout) as { files: string[] };
  const names = ["setting.ini", "dev/gateway.ini", "test/gateway.ini", "live/gateway.ini"];
  expect(files).toEqual(names.map((name) => join(directory, name)));
  for (const path of files) expect(statSync(path).mode & 0o777).toBe(0o600);
  const again = await machine.run(["init", "--yes", "--config-dir", directory]);
  expect([again.exitCode, again.stdout.startsWith("Nothing to change"), again.stdout.includes("Wrote")]).toEqual([
    ...[0, true, false],
  ]);

  const server = await machine.serve(["serve", "--config-dir", directory]);
  expect(server.stdout()).toContain(`http://127.0.0.1:${port} `);
  expect(contentOf((await machine.shell(linesBelow(server.stdout(), "Try it:"))).stdout)).toBe("Hello");
  expect(readdirSync(directory)).toContain("gateway.db");
  expect(machine.homeFiles()).toEqual([]);
  await server.stop();
});

/** A server of models where Ollama or LM Studio would be, whichever of the two is not running here. */
function localServer(): Bun.Server<undefined> {
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/models")
      return Response.json({ object: "list", data: [{ id: "llama3.2", object: "model" }] });
    const { model } = (await request.json()) as { model: string };
    const message = { role: "assistant", content: `${model} says hello` };
    const choices = [{ index: 0, finish_reason: "stop", message }];
    return Response.json({ id: "1", object: "chat.completion", created: 1, model, choices });
  };
  try {
    return Bun.serve({ hostname: "127.0.0.1", port: 11434, fetch });
  } catch {
    return Bun.serve({ hostname: "127.0.0.1", port: 1234, fetch });
  }
}

test("three commands lead to the first answer of a local server: init, serve, and the curl line that init prints", async () => {
  const local = localServer();
  await using machine = new BareMachine();
  try {
    const init = ["init", "--local", "--yes", "--port", String(freePort())];
    const made = await machine.run(init);
    expect([made.exitCode, made.stderr]).toEqual([0, ""]);
    const request = linesBelow(made.stdout, "Ask it something:");
    const server = await machine.serve(["serve"]);
    const { stdout } = await machine.shell(request);
    expect(contentOf(stdout)).toBe("llama3.2 says hello");
    // Five letters a second, which is no fast typist, for a minute.
    const typed = [`tokligence ${init.join(" ")}`, "tokligence serve", request.replace(/\s+\\?\n?\s*/g, " ")];
    expect(typed.join("\n").length).toBeLessThan(300);
    expect(await server.stop()).toBe(0);
  } finally {
    await local.stop(true);
  }
});

test("called as gatewayd, through a link, it serves", async () => {
  await using machine = new BareMachine();
  const port = String(freePort());
  const server = await machine.serve(["--port", port], { calledAs: "gatewayd" });
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});
