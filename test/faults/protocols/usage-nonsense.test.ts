/** What providers of every protocol may say of usage, right or wrong, and what is booked of it. */
import { describe, expect, test } from "bun:test";
import { scriptedUsage } from "../../harness/scripted-answer.ts";
import type { UpstreamScript } from "../../harness/upstream-script.ts";
import { type Pair, sixteenPairs } from "../../harness/wires/pairs.ts";

const pairs = sixteenPairs();
const text = "four words of text";

/** The same answer with every count changed; undefined leaves it out. */
function withCounts(script: UpstreamScript, change: (count: number) => number | undefined): UpstreamScript {
  const changed = (key: string, value: unknown): unknown =>
    typeof value === "number" && /(_tokens|TokenCount)$/.test(key) ? change(value) : value;
  return JSON.parse(JSON.stringify(script), changed) as UpstreamScript;
}

/** Books of an answer whose counts were changed. */
async function rowsOf({ provider, ...pair }: Pair, change: (count: number) => number | undefined) {
  const rows = [];
  for (const streamed of [false, true]) {
    const script = streamed ? provider.speech.stream({ text }) : provider.speech.whole({ text });
    provider.holds([{ script: withCounts(script, change) }]);
    const told = await pair.ask({ text: "Hi" }, { streamed });
    expect([told.status, told.text]).toEqual([200, text]);
    const [row] = await pairs.gateway.logs();
    if (row === undefined) throw new Error("no row");
    rows.push(row);
  }
  return rows;
}

describe.each(pairs.table)("%s", (_, pair) => {
  test.each([
    ["missing", () => undefined],
    ["negative", (count: number) => -count],
    ["10^12", () => 1e12],
    ["fractional", (count: number) => count + 0.5],
  ] as const)(
    "F48 T-24 usage that is %s is estimated and flagged, and no count is negative",
    async (_title, change) => {
      for (const row of await rowsOf(pair, change)) {
        expect(row).toMatchObject({ outcome: "finished", usage_source: "estimated" });
        expect(row.output_tokens).toBeGreaterThan(0);
        for (const count of [row.input_tokens, row.output_tokens]) expect(count).toBeLessThan(100);
        for (const count of [row.cached_tokens, row.reasoning_tokens]) expect(count ?? 0).toBeGreaterThanOrEqual(0);
      }
    },
  );

  test("T-21 explicit zeros stay zeros", async () => {
    for (const row of await rowsOf(pair, () => 0)) {
      expect(row).toMatchObject({ input_tokens: 0, output_tokens: 0, usage_source: "upstream" });
    }
  });

  test("T-20 T-25 usage is booked once, cached and reasoning parts apart", async () => {
    for (const row of await rowsOf(pair, (count) => count)) {
      expect(row).toMatchObject({
        input_tokens: scriptedUsage.input,
        output_tokens: scriptedUsage.output,
        cached_tokens: scriptedUsage.cached,
        reasoning_tokens: scriptedUsage.reasoning,
        usage_source: "upstream",
      });
    }
  });
});
