/** Codex with its own provider, pointed here by address alone: it would rather have a WebSocket. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { fourModels, fourProviders } from "../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { writeText } from "./agents/agent.ts";
import { codex } from "./agents/codex.ts";
import { newPlace, runProgram } from "./program.ts";

const providers = fourProviders();
let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({ keys: true, ini: providers.ini() });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  providers.stop();
});

test.each([...fourModels])("pitfall 34 it falls back at once and answers, by %s", async (model) => {
  using place = newPlace();
  const endpoint = { url: gateway.url, key: await gateway.createKey(), model };
  writeText(join(place.home, ".codex/config.toml"), `model = "${model}"\nopenai_base_url = "${gateway.url}/v1"\n`);
  const provider = providers.of(model);
  const calls = [{ id: "call_1", ...codex.shell("echo found") }];
  provider.holds([{ calls }, { text: "Done." }]);
  const before = await refusedUpgrades();
  const end = await runProgram(codex.command(endpoint, "Say found.", false), place, { CODEX_API_KEY: endpoint.key });
  expect({ ...end, stdout: end.stdout.trim() }).toMatchObject({ exitCode: 0, late: false, stdout: "Done." });
  expect(provider.calls.flatMap(provider.speech.results)[0]?.text).toContain("found");
  expect((await refusedUpgrades()) - before).toBe(1);
});

async function refusedUpgrades(): Promise<number> {
  const count = /^tokligence_http_requests_total\{route="\/v1\/responses",method="GET",code="426"\} (\d+)$/m;
  return Number(count.exec(await gateway.metrics())?.[1] ?? 0);
}
