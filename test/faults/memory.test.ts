import { expect, test } from "bun:test";
import { chat, errorOf } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { gatedUpstream } from "../harness/gated-upstream.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { residentMebibytes } from "../harness/process-memory.ts";
import { control } from "./scheduling/limited-gateway.ts";

interface Status {
  readonly degraded: readonly string[];
  readonly memory: { readonly resident_bytes: number; readonly limit_bytes: number };
}

test("F73 calls that hold memory shut the doors before the limit is met, and they open again when the calls have gone", async () => {
  await using upstream = await gatedUpstream();
  const provider = `[provider.up]\ntype = openai-compatible\nbase_url = ${upstream.url}\n[routes]\n* = up\n`;
  // How much the program holds by itself, and then a limit that some calls of many megabytes come near.
  await using probe = await GatewayProcess.start({ program: testedProgram });
  const idle = Math.ceil(residentMebibytes(probe.pid));
  await probe.stop();
  const limit = `memory_limit = ${idle + 160}MiB\nshedding_recovery = 0.5\nmax_body_bytes = 33554432`;
  await using gateway = await GatewayProcess.start({
    program: testedProgram,
    configuration: `[gateway]\n${limit}\n${provider}`,
  });
  const status = () => control<Status>(gateway, "/api/v1/status");
  expect(await status()).toMatchObject({ degraded: [] });

  const hangUp = new AbortController();
  const heavy = [{ role: "user", content: "x".repeat(12 * 1_048_576) }];
  const calls: Promise<unknown>[] = [];
  const refused = await eventually(
    "new work is refused",
    async () => {
      if (calls.length < 12) {
        const call = chat(gateway, { stream: true, messages: heavy }, { signal: hangUp.signal });
        calls.push(call.catch(() => undefined));
      }
      await Bun.sleep(200);
      const answer = await chat(gateway, { model: "loopback" });
      return answer.status === 503 ? answer : undefined;
    },
    30_000,
  );
  expect((await errorOf(refused))["code"]).toBe("overloaded");
  const pressed = await status();
  expect(pressed.degraded).toContain("refuse_new");
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);

  hangUp.abort();
  await Promise.all(calls);
  await eventually(
    "it takes work again",
    async () => (await chat(gateway, { model: "loopback" })).status === 200,
    40_000,
  );
  expect(await status()).toMatchObject({ degraded: [] });
  expect(gateway.stderr).toContain('"memory_percent":');
  expect(await gateway.stop()).toBe(0);
}, 90_000);
