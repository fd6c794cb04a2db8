/** A sample as a scraper reads it. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family as a scraper reads it. */
export interface ParsedFamily {
  readonly kind: string;
  readonly help: string;
  readonly samples: ParsedSample[];
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/;
const pair = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

/** A strict reader of text format 0.0.4: throws on anything a scraper might stumble over. */
export function parseExposition(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith("\n")) throw new Error("no line feed at the end");
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let current: { name: string; family: ParsedFamily } | undefined;
  const lines = text.slice(0, -1).split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    if (help?.[1] !== undefined && help[2] !== undefined) {
      const kind = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[index + 1] ?? "");
      if (kind?.[1] !== help[1] || kind[2] === undefined) throw new Error(`no TYPE after ${line}`);
      if (families.has(help[1])) throw new Error(`family twice: ${line}`);
      current = { name: help[1], family: { kind: kind[2], help: help[2], samples: [] } };
      families.set(current.name, current.family);
      index += 1;
      continue;
    }
    if (current === undefined) throw new Error(`sample without family: ${line}`);
    if (seen.has(line.slice(0, line.lastIndexOf(" ")))) throw new Error(`series twice: ${line}`);
    seen.add(line.slice(0, line.lastIndexOf(" ")));
    current.family.samples.push(parseSample(line, current.name, current.family.kind));
  }
  return families;
}

function parseSample(line: string, family: string, kind: string): ParsedSample {
  const match = sampleLine.exec(line);
  if (match?.[1] === undefined || match[3] === undefined) throw new Error(`not a sample: ${line}`);
  const allowed = kind === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => family + suffix) : [family];
  if (!allowed.includes(match[1])) throw new Error(`${line} does not belong to ${family}`);
  const value = match[3] === "+Inf" ? Infinity : match[3] === "-Inf" ? -Infinity : Number(match[3]);
  if (Number.isNaN(value) && match[3] !== "NaN") throw new Error(`not a number: ${line}`);
  return { name: match[1], labels: parseLabels(match[2] ?? ""), value };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  pair.lastIndex = 0;
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text);
    if (match?.[1] === undefined) throw new Error(`bad labels: ${text}`);
    labels[match[1]] = (match[2] ?? "").replace(/\\(.)/g, (_, mark: string) => (mark === "n" ? "\n" : mark));
  }
  return labels;
}
