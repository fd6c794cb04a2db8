import { type LoadOrder, type LoadReport, loadOrderSchema, nothingReported } from "#core/bench/load-order.ts";
import { quantile } from "#core/bench/statistics.ts";
import { closedLoop } from "#platform/bench/closed-loop.ts";
import { heldStreams } from "#platform/bench/held-streams.ts";
import { openLoop } from "#platform/bench/open-loop.ts";
import { chatRequest } from "#platform/bench/raw-connection.ts";

/** Carries out one order after the other, a line of JSON each, and answers each with a line of JSON. */
export async function obeyLoadOrders(orders: AsyncIterable<string>, answer: (line: string) => void): Promise<void> {
  for await (const line of orders) {
    if (line === "") continue;
    answer(`${JSON.stringify(await carryOut(loadOrderSchema.parse(JSON.parse(line))))}\n`);
  }
}

async function carryOut(order: LoadOrder): Promise<LoadReport> {
  switch (order.measure) {
    case "calls":
      return calls(order);
    case "streams": {
      const { lateMs, stalls, failed } = await heldStreams({ ...order, settleMs: 150 });
      return { ...nothingReported, event_late_p99_ms: quantile(lateMs, 0.99), failed: failed + stalls };
    }
    case "throughput": {
      const request = chatRequest(order.key);
      const { perSecond, failed } = await closedLoop({ ...order, nextRequest: () => request });
      return { ...nothingReported, requests_per_second: perSecond, failed };
    }
  }
}

async function calls(order: LoadOrder & { measure: "calls" }): Promise<LoadReport> {
  const request = chatRequest(order.key, order.streamed ? { stream: true } : {});
  const { latenciesMs, firstEventsMs, failed } = await openLoop({
    ...order,
    ratePerSecond: order.rate_per_second,
    warmUpSeconds: 0.1,
    nextRequest: () => request,
  });
  if (order.streamed) {
    return {
      ...nothingReported,
      first_token_p50_ms: quantile(firstEventsMs, 0.5),
      first_token_p99_ms: quantile(firstEventsMs, 0.99),
      failed,
    };
  }
  return {
    ...nothingReported,
    call_p50_ms: quantile(latenciesMs, 0.5),
    call_p95_ms: quantile(latenciesMs, 0.95),
    call_p99_ms: quantile(latenciesMs, 0.99),
    failed,
  };
}
