import { expect, test } from "bun:test";
import { chat } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { completion } from "../harness/upstream-script.ts";

const attempts = 1_500;
const deadlineMs = 30_000;

async function seriesOf(gateway: GatewayUnderTest): Promise<string[]> {
  const lines = (await gateway.metrics()).split("\n");
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.slice(0, line.lastIndexOf(" ")));
}

test(
  "F105 thousands of model names, paths, methods and agents make no new series: they are counted as other",
  async () => {
    using upstream = new FakeUpstream();
    await using gateway = await startGateway({ upstreams: { up: upstream }, ini: "[routes]\nnamed = up" });
    upstream.script({ ...completion("x", "named") });
    await (await chat(gateway, { model: "named" })).text();
    const attack = async (index: number): Promise<void> => {
      upstream.script(completion("x", `answered-${index}`));
      await (await chat(gateway, { model: `attack-${index}` }, { headers: { "user-agent": `agent-${index}` } })).text();
      await (await fetch(`${gateway.url}/attack-${index}`, { headers: { "x-api-key": `attack-${index}` } })).text();
      await (await fetch(`${gateway.url}/v1/models/attack-${index}`)).text();
    };
    await attack(0);
    await (await fetch(`${gateway.url}/v1/models`, { method: "PURGE" })).text();
    // The first look makes series of its own.
    await seriesOf(gateway);
    const before = await seriesOf(gateway);
    for (let index = 1; index < attempts; index += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, lane) => attack(index + lane)));
    }
    await (await fetch(`${gateway.url}/v1/models`, { method: "REPORT" })).text();
    const after = await seriesOf(gateway);
    expect(after.filter((series) => !before.includes(series))).toEqual([]);
    expect(after.some((series) => /attack|answered|agent-|PURGE|REPORT/.test(series))).toBe(false);
    expect(after.some((series) => series.includes('deployment="up/other"'))).toBe(true);
    expect(after.some((series) => series.includes('deployment="up/named"'))).toBe(true);
    expect(after.some((series) => series.includes('route="other"'))).toBe(true);
  },
  deadlineMs,
);
