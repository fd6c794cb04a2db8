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

test("serve is ready when /readyz says so, ends by signal, and leaves nothing behind", async () => {
  const script = `
    const server = Bun.serve({ port: process.env.TOKLIGENCE_GATEWAY_PORT, hostname: "127.0.0.1", fetch: () => new Response("ok") });
    process.on("SIGTERM", () => { console.log("bye"); process.exit(3); });`;
  const gateway = await GatewayProcess.start({ program: program(script) });
  expect(await gateway.stop()).toBe(3);
  expect(gateway.stdout).toBe("bye\n");
  await gateway[Symbol.asyncDispose]();
  expect(existsSync(gateway.configDir)).toBe(false);
});

test("a command gets the configuration directory, and its output and exit code come back", async () => {
  await using gateway = new GatewayProcess({
    program: program("console.log(process.argv.slice(1).join(' ')); process.exit(2)"),
  });
  const result = await gateway.cli("user", "list");
  expect(result).toEqual({ exitCode: 2, stdout: `user list --config-dir ${gateway.configDir}\n`, stderr: "" });
});
