import { freePort } from "../harness/free-port.ts";
import { mainPair, pairName, translatedPairs, type WireName, wireNames, type WirePair } from "./four-wires.ts";
import { type LoadResult, runLoad } from "./load-plan.ts";
import { cpuSeconds, startServer } from "./measured-process.ts";
import { ownTime } from "./own-time.ts";
import type { Row } from "./report.ts";
import { interleave } from "./rounds.ts";
import { type Side, type Sides, startSides } from "./sides.ts";
import { callOf, checkAnswer, translationScene } from "./translation-scene.ts";

const connections = 32;
const allPairs: readonly WirePair[] = [...wireNames.map(sameProtocolAs), ...translatedPairs];

/** What translation costs by itself, and beside the lane in which both sides speak the provider's protocol. */
export async function translation(): Promise<Row[]> {
  const own = await ownTime();
  const earlyPort = freePort();
  await using sides = await startSides(translationScene(earlyPort));
  return [
    ...own,
    ...(await perSecond(sides, true, 0.6)),
    ...(await perSecond(sides, false, 0.8)),
    ...(await longConversation(sides)),
    ...(await heldBack(sides.gateway, earlyPort)),
  ];
}

function sameProtocolAs(provider: WireName): WirePair {
  return { client: provider, provider };
}

function isMain({ client, provider }: WirePair): boolean {
  return client === mainPair.client && provider === mainPair.provider;
}

/** Streams or whole answers per second; what the pair of the bar costs in processor time. */
async function perSecond(sides: Sides, streamed: boolean, atLeast: number): Promise<Row[]> {
  const measured = await measurePairs(sides, async (side, pair) => {
    const seconds = 1;
    const cpuBefore = cpuSeconds(side.pid);
    const call = callOf(pair, { streamed, conversation: "short" });
    const { perSecond: speed } = await runLoad({ ...side, mode: "closed", connections, seconds, call });
    return { perSecond: speed, microseconds: ((cpuSeconds(side.pid) - cpuBefore) * 1e6) / (speed * seconds) };
  });
  const answers = streamed ? "streams of 200 events" : "whole answers";
  return translatedPairs.flatMap((pair): Row[] => {
    const { gateway, same, bare } = measured(pair);
    const speed: Row = {
      what: `${answers}, ${pairName(pair)}`,
      unit: "1/s",
      gateway: gateway.perSecond,
      sameProtocol: same.perSecond,
      ...(pair.provider === "chat" ? { bare: bare.perSecond } : {}),
      ratio: gateway.perSecond / same.perSecond,
    };
    if (!isMain(pair)) return [speed];
    const cost: Row = {
      what: `CPU of ${answers}, ${pairName(pair)}`,
      unit: "us each",
      gateway: gateway.microseconds,
      sameProtocol: same.microseconds,
      bare: bare.microseconds,
    };
    return [{ ...speed, bar: { atLeast } }, cost];
  });
}

/** How much longer a conversation of a megabyte waits, alone. */
async function longConversation(sides: Sides): Promise<Row[]> {
  const measured = await measurePairs(sides, async (side, pair) => {
    const call = callOf(pair, { streamed: false, conversation: "long" });
    return { p50Ms: (await runLoad({ ...side, mode: "closed", connections: 1, seconds: 1, call })).p50Ms };
  });
  return translatedPairs.flatMap((pair): Row[] => {
    const { gateway, same, bare } = measured(pair);
    const what = `1 MB conversation, ${pairName(pair)}`;
    return [
      { what: `${what}, p50`, unit: "ms", gateway: gateway.p50Ms, sameProtocol: same.p50Ms, bare: bare.p50Ms },
      {
        what: `${what}, added by translation`,
        unit: "ms",
        gateway: gateway.p50Ms - same.p50Ms,
        bar: { atMost: 15 },
      },
    ];
  });
}

/** How long the first content of a stream is on its way, from the provider's write to the caller's read. */
async function heldBack(gateway: Side, upstreamPort: number): Promise<Row[]> {
  using proxy = await startServer("bare-proxy.ts", `http://127.0.0.1:${upstreamPort}/v1`);
  const bare = { port: proxy.port, pid: proxy.pid, key: "unused" };
  const pairs = [mainPair, { client: "chat", provider: "anthropic" }] as const satisfies readonly WirePair[];
  const run = (side: Side, pair: WirePair): Promise<LoadResult> => {
    const call = callOf(pair, { streamed: true, conversation: "short" }, "early");
    return runLoad({ ...side, mode: "first-content", calls: 200, call, provider: pair.provider, upstreamPort });
  };
  const runs = new Map([
    ["bare", () => run(bare, sameProtocolAs("chat"))],
    ...[...pairs, ...pairs.map(({ provider }) => sameProtocolAs(provider))].map(
      (pair) => [pairName(pair), () => run(gateway, pair)] as const,
    ),
  ]);
  const results = await interleave([...runs.keys()], (name) => runs.get(name)?.() ?? run(gateway, mainPair));
  const figure = (name: string, share: "p50Ms" | "p99Ms"): number => results[name]?.[share] ?? Number.NaN;
  return pairs.flatMap((pair) =>
    (["p50Ms", "p99Ms"] as const).map((share): Row => ({
      what: `first content on its way, ${pairName(pair)}, ${share.slice(0, 3)}`,
      unit: "ms",
      gateway: figure(pairName(pair), share),
      sameProtocol: figure(pairName(sameProtocolAs(pair.provider)), share),
      bare: figure("bare", share),
      ...(share === "p99Ms" ? { bar: { atMost: 2 } } : {}),
    })),
  );
}

/** What was measured of a pair, of the same-protocol lane of its provider, and of the bare proxy with chat. */
interface Compared<Measured> {
  readonly gateway: Record<keyof Measured, number>;
  readonly same: Record<keyof Measured, number>;
  readonly bare: Record<keyof Measured, number>;
}

/** Measures every pair, once each of them has given a good answer, and the bare proxy. */
async function measurePairs<Measured extends Record<keyof Measured, number>>(
  sides: Sides,
  measure: (side: Side, pair: WirePair) => Promise<Measured>,
): Promise<(pair: WirePair) => Compared<Measured>> {
  const pairs = new Map(allPairs.map((pair) => [pairName(pair), pair]));
  for (const pair of pairs.values()) await checkAnswer(sides, pair);
  const results = await interleave(["bare", ...pairs.keys()], (name) => {
    const pair = pairs.get(name);
    return pair === undefined ? measure(sides.bare, sameProtocolAs("chat")) : measure(sides.gateway, pair);
  });
  const resultOf = (name: string): Record<keyof Measured, number> => {
    const result = results[name];
    if (result === undefined) throw new Error(`${name} was not measured.`);
    return result;
  };
  return (pair) => ({
    gateway: resultOf(pairName(pair)),
    same: resultOf(pairName(sameProtocolAs(pair.provider))),
    bare: resultOf("bare"),
  });
}
