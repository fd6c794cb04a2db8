/** Kinds of the Prometheus text format 0.0.4 that this registry makes. */
export type MetricKind = "counter" | "gauge" | "histogram";

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether a metric and its labels may bear these names (Prometheus data model; `le` belongs to histograms). */
export function validNames(name: string, labelNames: readonly string[]): boolean {
  return metricName.test(name) && labelNames.every((label) => labelName.test(label) && label !== "le");
}

/** The two comment lines that stand before a family. */
export function familyHead(name: string, help: string, kind: MetricKind): string {
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${kind}\n`;
}

/** `a="x",b="y"`: label pairs without braces, values escaped. */
export function labelPairs(names: readonly string[], values: readonly string[]): string {
  return names.map((name, index) => `${name}="${escapeValue(values[index] ?? "")}"`).join(",");
}

/** One sample line; `pairs` may be empty. */
export function sample(name: string, pairs: string, value: number): string {
  return pairs === "" ? `${name} ${number(value)}\n` : `${name}{${pairs}} ${number(value)}\n`;
}

/** A number as the format writes it. */
export function number(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
