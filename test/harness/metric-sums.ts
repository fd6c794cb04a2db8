import { parseExposition } from "#integrations/telemetry/exposition-parser.ts";
import type { GatewayUnderTest } from "./gateway.ts";

/** What every metric says at one moment, whatever its labels: the sum of its values, of a histogram the number of its observations. */
export type MetricSums = ReadonlyMap<string, number>;

/** Reads the whole page as a strict scraper does. */
export async function metricSums(gateway: Pick<GatewayUnderTest, "metrics">): Promise<MetricSums> {
  const sums = new Map<string, number>();
  for (const [name, { kind, samples }] of parseExposition(await gateway.metrics())) {
    const counted = kind === "histogram" ? samples.filter((sample) => sample.name === `${name}_count`) : samples;
    sums.set(
      name,
      counted.reduce((sum, { value }) => sum + value, 0),
    );
  }
  return sums;
}

/** Those of the names, given without `tokligence_`, whose value is the same in both, or that are not there at all. */
export function unmoved(before: MetricSums, after: MetricSums, names: readonly string[]): readonly string[] {
  return names.filter((name) => {
    const full = name.startsWith("process_") ? name : `tokligence_${name}`;
    const now = after.get(full);
    return now === undefined || now === (before.get(full) ?? 0);
  });
}
