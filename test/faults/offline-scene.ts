/** A gateway on a machine without network, run by `offline.test.ts`: prints what it answered and whom it addressed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chat, chatStream, contentOf } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { addressed, networkCalls } from "../harness/lonely-machine.ts";
import { watched } from "../harness/system-calls.ts";
import { completion } from "../harness/upstream-script.ts";

const [directory = "."] = process.argv.slice(2);
const log = join(directory, "calls");
using upstream = new FakeUpstream(completion("from loopback"));
const configuration = `[provider.near]
type = openai-compatible
base_url = ${upstream.url}
[provider.openai]
api_key = sk-never-sent
[routes]
near-model = near
far-model = openai
`;
await using gateway = new GatewayProcess({
  program: watched(testedProgram, { calls: networkCalls, log }),
  configuration,
});
await gateway.serve();
const builtIn = await chat(gateway, { model: "loopback" });
const streamed = await chatStream(gateway, { model: "loopback" });
const near = await chat(gateway, { model: "near-model" });
const answers = {
  builtIn: builtIn.status,
  streamed: (await streamed.text()).trimEnd().endsWith("data: [DONE]"),
  near: await contentOf(near),
  models: (await fetch(`${gateway.url}/v1/models`)).status,
  doctor: await examined(gateway),
};
const quiet = addressed(readFileSync(log, "utf8"));
const far = await chat(gateway, { model: "far-model" });
const still = await chat(gateway, { model: "loopback" });
const afterwards = addressed(readFileSync(log, "utf8")).filter((whom) => !quiet.includes(whom));
const stopped = await gateway.stop();
const later = { far: far.status, still: still.status, stopped };
console.log(JSON.stringify({ answers, quiet, later, afterwards, upstream: new URL(upstream.url).host }));

/** The exit code of `doctor`, which is not watched. */
async function examined({ configDir, port }: GatewayProcess): Promise<number> {
  const child = Bun.spawn([...testedProgram, "doctor", "--offline", "--config-dir", configDir], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: process.env.PATH, HOME: configDir, TOKLIGENCE_GATEWAY_PORT: String(port) },
  });
  return await child.exited;
}
