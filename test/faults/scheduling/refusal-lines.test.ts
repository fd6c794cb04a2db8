import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { metric } from "../../harness/queue.ts";
import { completion } from "../../harness/upstream-script.ts";

setDefaultTimeout(30_000);

interface Line {
  readonly event: string;
  readonly code?: string;
  readonly count?: number;
  readonly request_id?: string;
  readonly first_request_id?: string;
  readonly last_request_id?: string;
}

function linesOf(gateway: Pick<GatewayUnderTest, "output">, code: string): Line[] {
  const lines = gateway.output().split("\n");
  const parsed = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Line);
  return parsed.filter((line) => line.code === code);
}

/** What the log says of refusals with a code: lines of their own, lines for many, and how many those stand for. */
function told(gateway: Pick<GatewayUnderTest, "output">, code: string) {
  const lines = linesOf(gateway, code);
  const own = lines.filter(({ event }) => event === "request_failed").length;
  const shared = lines.filter(({ event }) => event === "requests_refused");
  return { own, shared, counted: shared.reduce((sum, { count = 0 }) => sum + count, 0) };
}

/** So many at a time, as a caller does that does not wait. */
async function flood(times: number, ask: () => Promise<Response>): Promise<Response[]> {
  const answers: Response[] = [];
  while (answers.length < times) {
    answers.push(...(await Promise.all(Array.from({ length: Math.min(100, times - answers.length) }, ask))));
  }
  return answers;
}

test.each([
  ["rate_limited", 429, true],
  ["unauthenticated", 401, false],
] as const)(
  "F29 a flood that is refused %s is no flood of lines: ten a second of a key, the rest as a number, and none is lost",
  async (code, status, isKnown) => {
    using upstream = new FakeUpstream(completion());
    await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
    const key = await gateway.createKey({ requests_per_minute: 5 });
    // Whoever shows wrong keys is soon told to stop; who shows none is refused for that alone.
    const options = isKnown ? withKey(key) : {};
    const startedAtMs = performance.now();
    const answers = await flood(1_500, () => chat(gateway, {}, options));
    const refused = answers.filter((answer) => answer.status === status).length;
    expect(refused).toBeGreaterThan(1_400);
    await eventually("every refusal is in the log", () => {
      const { own, counted } = told(gateway, code);
      return own + counted === refused;
    });
    const seconds = Math.ceil((performance.now() - startedAtMs) / 1_000);
    const { own, shared } = told(gateway, code);
    expect(own).toBeLessThanOrEqual(10 * seconds);
    expect(shared.length).toBeLessThanOrEqual(seconds);
    const ids = new Set(answers.map((answer) => answer.headers.get("x-request-id")));
    for (const { first_request_id, last_request_id } of shared) {
      expect([ids.has(first_request_id ?? ""), ids.has(last_request_id ?? "")]).toEqual([true, true]);
    }
    const route = 'route="/v1/chat/completions",method="POST"';
    expect(await metric(gateway, `tokligence_http_requests_total{${route},code="${status}"}`)).toBe(refused);
  },
);

test("F29 nothing but refusals is left out of the log: every call that failed at its provider has its line", async () => {
  using upstream = new FakeUpstream({ status: 400, body: { error: { message: "No.", type: "test_error" } } });
  await using gateway = await startGateway({ upstreams: { up: upstream } });
  expect((await flood(60, () => chat(gateway))).every(({ status }) => status === 400)).toBe(true);
  await eventually("every call has its line", () => told(gateway, "upstream_rejected").own >= 60);
  expect(told(gateway, "upstream_rejected")).toEqual({ own: 60, shared: [], counted: 0 });
});

test("F29 a gateway that is stopped says what it had only counted: no refusal is lost with it", async () => {
  const configuration = "[gateway]\ndrain_delay = 0\n[gateway.auth]\nenabled = true\n";
  await using gateway = await GatewayProcess.start({ program: testedProgram, configuration });
  const statuses = await flood(300, () => chat(gateway));
  expect(statuses.every(({ status }) => status === 401)).toBe(true);
  expect(await gateway.stop("SIGTERM")).toBe(0);
  const { own, counted } = told({ output: () => gateway.stderr }, "unauthenticated");
  expect(own + counted).toBe(300);
  expect(counted).toBeGreaterThan(0);
});
