/** The program itself beside the simulation: what does not hang on the clock must be the same to the last request. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { charactersPerToken } from "#core/chat/token-estimate.ts";
import { simpleWorld } from "../property/scheduler/world.ts";
import { chat, chatStream, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { Draws } from "./draws.ts";
import { secondUs, standardRules } from "./scene.ts";
import { Simulation } from "./simulation.ts";

setDefaultTimeout(60_000);

const maxQueued = 24;
const coldOutputTokens = 512;
const callers = [
  { tenant: "a", level: 0 },
  { tenant: "a", level: 5 },
  { tenant: "b", level: 5 },
  { tenant: "c", level: 5 },
  { tenant: "b", level: 9 },
] as const;
type Caller = (typeof callers)[number];

const ini = `
[provider.loopback.twin]
max_concurrent = 1
[routes]
twin = loopback/twin
[scheduling]
enabled = true
priority_enabled = true
[scheduler]
policy = strict
max_queue = ${maxQueued}
tenant_share = 50
wait_budget_ms = 3600000
`;

/** The order in which requests of one seed were let through, by number, and those that never were. */
interface Outcome {
  readonly order: readonly number[];
  readonly refused: readonly number[];
}

/** Sixty requests, a few more of one tenant than of the others. */
function workload(seed: number): Caller[] {
  const draws = new Draws(seed);
  return Array.from({ length: 60 }, () => callers[Math.min(draws.integer(0, 6), callers.length - 1)] ?? callers[0]);
}

/** All texts are of one length, so that the same is expected of all. */
function prompt(number: number): string {
  return `[[loopback delay_ms=2 events=1 input=50 output=${100 + number}]] ${"word ".repeat(20)}`;
}

function simulated(requests: readonly Caller[]): Outcome {
  const rules = {
    ...standardRules,
    capacityModel: "simple" as const,
    policy: "strict" as const,
    maxQueued,
    tenantSharePermille: 500,
    levels: standardRules.levels.map((level) => ({ ...level, waitBudgetUs: 3_600 * secondUs })),
  };
  const instantly = { firstContentUs: 0, spread: 0, tokenGapUs: 10 };
  const simulation = new Simulation(simpleWorld({ concurrent: 1 }, rules), instantly, 1);
  const started: number[] = [];
  const refused: number[] = [];
  simulation.send({ tenant: "holder", level: 0, inputTokens: 1, outputTokens: 100_000 });
  for (const [number, { tenant, level }] of requests.entries()) {
    const expected = {
      inputTokens: Math.ceil(prompt(number).length / charactersPerToken),
      cachedTokens: 0,
      outputTokens: coldOutputTokens,
    };
    const request = { tenant, level, inputTokens: 50, outputTokens: 100 + number, expected };
    simulation.send(request, { started: () => started.push(number), refused: () => refused.push(number) });
  }
  simulation.run(30 * secondUs);
  return { order: started, refused: refused.toSorted((one, other) => one - other) };
}

async function played(gateway: GatewayUnderTest, requests: readonly Caller[]): Promise<Outcome> {
  const keys = new Map<Caller, string>();
  for (const caller of callers) keys.set(caller, await keyOf(gateway, caller));
  const leaving = new AbortController();
  const held = { model: "twin", messages: [{ role: "user", content: "hold [[loopback silent_ms=60000 events=2]]" }] };
  const holder = chatStream(gateway, held, {
    ...withKey(await keyOf(gateway, { tenant: "holder", level: 0 })),
    signal: leaving.signal,
  });
  await eventually("the place is taken", async () => (await gauge(gateway, "tokligence_inflight_requests")) === 1);
  const refused: number[] = [];
  let ended = 0;
  const answers: Promise<void>[] = [];
  for (const [number, caller] of requests.entries()) {
    const fields = { model: "twin", messages: [{ role: "user", content: prompt(number) }] };
    answers.push(
      chat(gateway, fields, withKey(keys.get(caller) ?? "")).then((answer) => {
        ended += 1;
        if (answer.status === 503) refused.push(number);
        else expect(answer.status).toBe(200);
      }),
    );
    // One after the other, as they were made up: each waits, or has taken the place of another, or has none.
    await eventually(`request ${number} is in the queue or out of it`, async () => {
      return (await gauge(gateway, "tokligence_scheduling_queue_depth")) + ended === number + 1;
    });
  }
  leaving.abort();
  await holder.catch(() => undefined);
  await Promise.all(answers);
  const rows = await gateway.logs();
  const order = rows
    .toReversed()
    .flatMap(({ output_tokens, outcome }) => (outcome === "finished" ? [(output_tokens ?? 0) - 100] : []));
  return { order, refused: refused.toSorted((one, other) => one - other) };
}

async function keyOf(
  gateway: GatewayUnderTest,
  { tenant, level }: { readonly tenant: string; readonly level: number },
): Promise<string> {
  const email = `${tenant}@example.com`;
  await gateway.cli("user", "create", email);
  const made = await gateway.cli(
    "apikey",
    "create",
    email,
    "--name",
    `P${level}`,
    "--priority",
    String(level),
    "--json",
  );
  return (JSON.parse(made.stdout) as { key: string }).key;
}

/** The sum of all series of a gauge. */
async function gauge(gateway: GatewayUnderTest, name: string): Promise<number> {
  const values = (await gateway.metrics()).matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, "gm"));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}

test("twin: of sixty requests of three levels and tenants for one place the program lets through the same, in the same order, as the simulation, and turns away the same", async () => {
  const requests = workload(7);
  const expected = simulated(requests);
  expect(expected.refused.length).toBeGreaterThan(20);
  expect(expected.order.length).toBe(maxQueued);
  await using gateway = await startGateway({ keys: true, ini });
  expect(await played(gateway, requests)).toEqual(expected);
});
