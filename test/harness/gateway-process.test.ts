import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { GatewayProcess } from "./gateway-process.ts";

const program = (script: string): readonly string[] => [process.execPath, "-e", script, "--"];

test("a program that ends instead of serving is reported at once, with what it said", async () => {
  const started = performance.now();
  const failing = GatewayProcess.start({ program: program("console.error('no luck'); process.exit(78)") });
  await expect(failing).rejects.toThrow("no luck");
  await failing.catch(() => undefined);
  expect(performance.now() - started).toBeLessThan(5_000);
});

test("serve is ready when it says where it listens and /readyz agrees, ends by signal, and leaves nothing behind", async () => {
  const script = `
    const server = Bun.serve({ port: process.env.TOKLIGENCE_GATEWAY_PORT, hostname: "127.0.0.1", fetch: () => new Response("ok") });
    console.log("It listens on " + server.url);
    process.on("SIGTERM", () => { console.log("bye"); process.exit(3); });`;
  const gateway = await GatewayProcess.start({ program: program(script) });
  expect(await gateway.stop()).toBe(3);
  expect(gateway.stdout).toEndWith("\nbye\n");
  await gateway[Symbol.asyncDispose]();
  expect(existsSync(gateway.configDir)).toBe(false);
});

test("another program that answers at its port is not taken for it", async () => {
  const gateway = new GatewayProcess({ program: program("setTimeout(() => process.exit(75), 300)") });
  using _other = Bun.serve({ port: gateway.port, hostname: "127.0.0.1", fetch: () => new Response("ok") });
  await expect(gateway.serve()).rejects.toThrow("did not start");
  await gateway[Symbol.asyncDispose]();
});

test("a command gets the configuration directory, and its output and exit code come back", async () => {
  await using gateway = new GatewayProcess({
    program: program("console.log(process.argv.slice(1).join(' ')); process.exit(2)"),
  });
  const result = await gateway.cli("user", "list");
  expect(result).toEqual({ exitCode: 2, stdout: `user list --config-dir ${gateway.configDir}\n`, stderr: "" });
});
