/** One line of a line chart, or one colour of a bar chart: a value for each place of the axis. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** A chart as it is described; `axis` names the places from left to right. */
export interface Chart {
  readonly title: string;
  readonly axis: readonly string[];
  readonly axisTitle: string;
  readonly valueTitle: string;
  /** Where the vertical axis is marked, lowest first. The first and the last are its ends. */
  readonly marks: readonly number[];
  /** Distances between marks are equal, whatever their values: for values of several magnitudes. */
  readonly equalSteps?: boolean;
  readonly series: readonly Series[];
  readonly kind: "line" | "bar";
}

const size = { width: 760, height: 400, left: 70, right: 24, top: 84, bottom: 56 };
const plot = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };

/** Told apart by light as well as by hue (Okabe and Ito 2008), on a light ground and on a dark one. */
const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .ground { fill: #ffffff }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .line { fill: none; stroke-width: 2.5 }
  .s0 { stroke: #0072b2; fill: #0072b2 }
  .s1 { stroke: #d55e00; fill: #d55e00 }
  .s2 { stroke: #009e73; fill: #009e73 }
  .line.s0, .line.s1, .line.s2 { fill: none }
  .s1.line { stroke-dasharray: 7 4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ground { fill: #0d1117 }
    .grid { stroke: #30363d }
    .s0 { stroke: #56b4e9; fill: #56b4e9 }
    .s1 { stroke: #e69f00; fill: #e69f00 }
    .s2 { stroke: #2fc79a; fill: #2fc79a }
  }
`;

/** The chart as one SVG that follows the reader's light or dark scheme and needs nothing from elsewhere. */
export function drawChart(chart: Chart): string {
  const names = chart.series.map(({ name }) => name).join(", ");
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escaped(`${chart.title}: ${names}`)}">`,
    `<style>${style}</style>`,
    `<rect class="ground" width="${size.width}" height="${size.height}" rx="6"/>`,
    text(size.left, 28, chart.title, "title"),
    ...legend(chart),
    ...grid(chart),
    ...chart.series.map((series, index) =>
      chart.kind === "line" ? line(chart, series, index) : bars(chart, series, index),
    ),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

function legend({ series, valueTitle }: Chart): string[] {
  let x = size.left;
  const named = series.flatMap(({ name }, index) => {
    const mark = `<rect class="s${index}" x="${x}" y="43" width="14" height="5"/>`;
    const label = text(x + 20, 51, name);
    x += 44 + name.length * 7.2;
    return [mark, label];
  });
  return [...named, text(size.left - 52, 74, valueTitle)];
}

function grid(chart: Chart): string[] {
  const horizontal = chart.marks.flatMap((mark) => {
    const y = heightOf(chart, mark);
    const end = size.width - size.right;
    return [
      `<line class="grid" x1="${size.left}" y1="${y}" x2="${end}" y2="${y}"/>`,
      text(size.left - 10, y + 4, `${mark}`, undefined, "end"),
    ];
  });
  const places = chart.axis.map((name, index) =>
    text(placeOf(chart, index), size.height - 34, name, undefined, "middle"),
  );
  const title = text(size.left + plot.width / 2, size.height - 12, chart.axisTitle, undefined, "middle");
  return [...horizontal, ...places, title];
}

function line(chart: Chart, { values }: Series, index: number): string {
  const points = values.map((value, place) => [placeOf(chart, place), heightOf(chart, value)] as const);
  const dots = points.map(([x, y]) => `<circle class="s${index}" cx="${x}" cy="${y}" r="3.5"/>`);
  const path = points.map(([x, y]) => `${x},${y}`).join(" ");
  return [`<polyline class="line s${index}" points="${path}"/>`, ...dots].join("\n");
}

function bars(chart: Chart, { values }: Series, index: number): string {
  const width = round((plot.width / chart.axis.length) * (0.7 / chart.series.length));
  const floor = heightOf(chart, chart.marks[0] ?? 0);
  return values
    .map((value, place) => {
      const x = round(placeOf(chart, place) + (index - chart.series.length / 2) * width);
      const y = heightOf(chart, value);
      return `<rect class="s${index}" x="${x}" y="${y}" width="${round(width - 1)}" height="${round(Math.max(1, floor - y))}"/>`;
    })
    .join("\n");
}

function placeOf({ axis }: Chart, index: number): number {
  return round(size.left + ((index + 0.5) * plot.width) / axis.length);
}

function heightOf({ marks, equalSteps = false }: Chart, value: number): number {
  const [least = 0, most = 1] = [marks[0], marks.at(-1)];
  const bounded = Math.min(most, Math.max(least, value));
  return round(
    size.top + plot.height * (1 - (equalSteps ? stepOf(marks, bounded) : (bounded - least) / (most - least))),
  );
}

/** How far along the marks a value lies, between 0 and 1. */
function stepOf(marks: readonly number[], value: number): number {
  const above = Math.max(
    1,
    marks.findIndex((mark) => value <= mark),
  );
  const [from = 0, to = 1] = [marks[above - 1], marks[above]];
  const within = from > 0 ? Math.log(value / from) / Math.log(to / from) : value / to;
  return (above - 1 + within) / (marks.length - 1);
}

function text(x: number, y: number, words: string, name?: string, anchor = "start"): string {
  const named = name === undefined ? "" : ` class="${name}"`;
  return `<text${named} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
