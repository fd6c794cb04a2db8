import { eventually } from "./eventually.ts";
import type { GatewayUnderTest } from "./gateway.ts";

type Metered = Pick<GatewayUnderTest, "metrics">;

/** The value of one series, by its line up to the value; undefined when there is none. */
export async function metric(gateway: Metered, series: string): Promise<number | undefined> {
  const lines = (await gateway.metrics()).split("\n");
  const line = lines.find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** How many wait for capacity in a level. */
export async function queuedAt(gateway: Metered, level: number): Promise<number> {
  return (await metric(gateway, `tokligence_scheduling_queue_depth{priority="${level}"}`)) ?? 0;
}

/** Waits until so many wait in a level. */
export async function queueOf(gateway: Metered, level: number, length: number): Promise<void> {
  await eventually(`${length} wait at level ${level}`, async () => (await queuedAt(gateway, level)) === length);
}
