import type { LimitsView, RoutedView, RouteView } from "#core/api/explanation.ts";
import { countText } from "#cli/quantity-text.ts";
import { healthText } from "#cli/scheduler-table.ts";

/** What `route explain MODEL` prints; of a gateway that does not run the health is not known. */
export function routeText(view: RouteView, running: boolean): string {
  const { model, route, protocol, work_mode: workMode, pools } = view;
  const path = route === model ? `${model} has a route of its own` : `${model} takes the route ${route}`;
  const many = pools.length > 1;
  return [
    `${path}, asked in ${protocol} (work_mode ${workMode})`,
    ...pools.flatMap((pool, index) => [
      ...(many ? ["", `POOL ${index + 1}${turnText(view.pool_weights, index)}`] : []),
      ...pool.flatMap((deployment) => ["", ...deploymentLines(deployment, pool, running)]),
    ]),
  ].join("\n");
}

function turnText(weights: RouteView["pool_weights"], index: number): string {
  if (weights === null) return index === 0 ? "" : `, when pool ${index} cannot answer`;
  const weight = weights[index] ?? 0;
  if (weight === 0) return ", never first: when the others cannot answer";
  return `, first in ${percentText(weight, weights)} of the calls, then when another cannot answer`;
}

function percentText(weight: number, weights: readonly number[]): string {
  const total = weights.reduce((sum, each) => sum + each, 0);
  return `${Number(((weight / total) * 100).toFixed(1))} %`;
}

function deploymentLines(deployment: RoutedView, pool: readonly RoutedView[], running: boolean): readonly string[] {
  const { deployment: id, provider, type, capacity, health, weight } = deployment;
  const weights = pool.map((each) => each.weight);
  const share = pool.length > 1 ? [["share", `${percentText(weight, weights)} of the pool`]] : [];
  const rows = [
    ["provider", provider === type ? type : `${provider}, of type ${type}`],
    ["speaks", spokenText(deployment)],
    ...share,
    ["health", running ? healthText(health) : "not known: no gateway runs"],
    ...(capacity.length === 0 ? [["capacity", "no limit configured"]] : capacity.map(capacityRow)),
    ["price", priceText(deployment)],
  ];
  return [id, ...rows.map(([name = "", value = ""]) => `  ${name.padEnd(10)}${value}`)];
}

function spokenText({ protocol, lane }: RoutedView): string {
  if (protocol === null) return "nothing that such a call could be made in: it is left out";
  return lane === "passthrough" ? `${protocol}, forwarded byte for byte` : `${protocol}, translated`;
}

function capacityRow(limits: LimitsView, index: number): readonly string[] {
  const words = [
    limitText(limits.max_tokens_per_sec, "tokens/s"),
    limitText(limits.max_rps, "requests/s"),
    limitText(limits.max_concurrent, "at once"),
    limitText(limits.max_context_length, "tokens of context"),
  ];
  return [index === 0 ? "capacity" : "", `${limits.id}: ${words.filter((word) => word !== "").join(", ")}`];
}

function limitText(limit: number | null, unit: string): string {
  return limit === null ? "" : `${countText(limit)} ${unit}`;
}

function priceText({ price }: RoutedView): string {
  if (price === null) return "not known";
  return `$${price.input_usd} in, $${price.output_usd} out for a million tokens`;
}
