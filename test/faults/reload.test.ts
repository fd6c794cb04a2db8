import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { startGateway } from "../harness/gateway.ts";
import { completion, stream } from "../harness/upstream-script.ts";

setDefaultTimeout(60_000);

const callers = 8;
const reloads = 20;
const everyMs = 100;

test("F75 reloads every 100 ms under load: no failed request, and nothing left running or waiting", async () => {
  using a = new FakeUpstream((call) => (call.json()["stream"] === true ? stream() : completion()));
  using b = new FakeUpstream((call) => (call.json()["stream"] === true ? stream() : completion()));
  const configured = (one: string, other: string): string => `
[gateway.auth]
enabled = false
[scheduling]
enabled = true
[provider.a]
type = openai-compatible
base_url = ${a.url}
api_key = sk-a
max_concurrent = ${one === "a" ? 4 : 6}
[provider.b]
type = openai-compatible
base_url = ${b.url}
api_key = sk-b-${one}
[routes]
test-model = ${one}, ${other}
* = ${other}
`;
  await using gateway = await startGateway({ files: { "dev/gateway.ini": configured("a", "b") } });
  let asks = true;
  const statuses = new Map<number, number>();
  const ask = async (caller: number): Promise<void> => {
    for (let number = 0; asks; number += 1) {
      const answer = await (number % 2 === 0 ? chat : chatStream)(gateway, { user: `c${caller}` });
      const text = await answer.text();
      const status = number % 2 === 0 || text.includes("[DONE]") ? answer.status : 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const asking = Promise.all(Array.from({ length: callers }, (_, caller) => ask(caller)));
  for (let number = 0; number < reloads; number += 1) {
    gateway.write("dev/gateway.ini", number % 2 === 0 ? configured("b", "a") : configured("a", "b"));
    expect(await gateway.reload()).toContain("config_reloaded");
    await Bun.sleep(everyMs);
  }
  asks = false;
  await asking;
  expect([...statuses.keys()]).toEqual([200]);
  expect(Math.min(a.calls.length, b.calls.length)).toBeGreaterThan(0);
  const metrics = await gateway.metrics();
  for (const [deployment, running] of [...metrics.matchAll(/^tokligence_inflight_requests\{(.*)\} (\d+)$/gm)].map(
    ([, name, value]) => [name, Number(value)],
  )) {
    expect([deployment, running]).toEqual([deployment, 0]);
  }
  expect(metrics).toMatch(/^tokligence_active_streams 0$/m);
  expect(metrics).toMatch(new RegExp(`^tokligence_config_reloads_total\\{result="applied"\\} ${reloads}$`, "m"));
  const { stdout } = await gateway.cli("status", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ in_flight: 0, queued: 0, configuration: { generation: reloads + 1 } });
});
