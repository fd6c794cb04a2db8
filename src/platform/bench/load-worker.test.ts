import { expect, test } from "bun:test";
import { type LoadOrder, type LoadReport, loadReportSchema } from "#core/bench/load-order.ts";
import { obeyLoadOrders } from "#platform/bench/load-worker.ts";
import { MockUpstream } from "#platform/bench/mock-upstream.ts";

async function reportsOf(...orders: readonly LoadOrder[]): Promise<LoadReport[]> {
  const lines: string[] = [];
  const asked = (async function* () {
    for (const order of orders) yield JSON.stringify(order);
  })();
  await obeyLoadOrders(asked, (line) => lines.push(line));
  return lines.map((line) => loadReportSchema.parse(JSON.parse(line)));
}

test("each order is answered with its figures and those alone, and no request fails", async () => {
  const target = { port: new MockUpstream().port, key: "any", seconds: 0.3, connections: 2 };
  const reports = await reportsOf(
    { measure: "calls", ...target, rate_per_second: 50, streamed: false },
    { measure: "calls", ...target, rate_per_second: 50, streamed: true },
    { measure: "streams", ...target, streams: 3 },
    { measure: "throughput", ...target },
  );
  const known = reports.map((report) =>
    Object.entries(report).flatMap(([name, value]) => (value === null ? [] : [name])),
  );
  expect(known).toEqual([
    ["call_p50_ms", "call_p95_ms", "call_p99_ms", "failed"],
    ["first_token_p50_ms", "first_token_p99_ms", "failed"],
    ["event_late_p99_ms", "failed"],
    ["requests_per_second", "failed"],
  ]);
  expect(reports.map(({ failed }) => failed)).toEqual([0, 0, 0, 0]);
});

test("whoever refuses is reported", async () => {
  using refusing = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("no", { status: 429 }) });
  const order = { measure: "calls", port: refusing.port ?? 0, key: "any", seconds: 0.1, connections: 1 } as const;
  const [report] = await reportsOf({ ...order, rate_per_second: 50, streamed: false });
  expect(report?.failed).toBe(10);
});
