import { Database } from "bun:sqlite";
import { join } from "node:path";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { formatUsd } from "#core/ledger/money.ts";
import { eventually } from "../../harness/eventually.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { control, createBudget, setPrice } from "../../harness/money.ts";
import type { AcknowledgedCall } from "./acknowledged-calls.ts";
import { type CallTally, type DataDirectory, faultsOf, heldAndSpent, tallyCalls } from "./books-state.ts";
import { Load } from "./load.ts";
import { configurationFor, paidProvider, price } from "./paid-provider.ts";

/** What many kills came to. */
export interface KillTally extends CallTally {
  readonly rounds: number;
  /** Calls that a restart ended as their last checkpoint said. */
  readonly recovered: number;
  /** Calls that a hard budget refused. */
  readonly refused: number;
  /** The most by which a hard budget was ever exceeded, nano-dollars. */
  readonly overspentNanos: bigint;
  /** What did not hold after a restart, in words; empty when all is well. */
  readonly faults: readonly string[];
}

/** How the rounds are run. */
export interface KillRoundsOptions {
  readonly program: readonly string[];
  readonly rounds: number;
  /** Decides calls and moments; what happens at the same time is the machine's to decide. */
  readonly seed: number;
}

/** Nano-dollars that the tight budget has in each round: it runs out while calls are under way. */
const roomNanos = 4_000_000n;

/**
 * Starts a gateway, loads it with 64 streams and 8 unstreamed callers, kills it by SIGKILL in the middle, starts it again and
 * compares its books with what callers had seen: round after round on one data directory. A quarter of the callers draws on a hard
 * budget that runs out in each round, a quarter on two hard ones, a quarter on a soft one, a quarter on none.
 */
export async function killRounds({ program, rounds, seed }: KillRoundsOptions): Promise<KillTally> {
  using provider = paidProvider();
  const configuration = configurationFor(provider);
  await using gateway = await GatewayProcess.start({ program, configuration });
  const { keys, tight } = await furnish(gateway);
  const random = new SequenceRandom(seed);
  const draw = (bound: number): number => Math.floor(random.uniform() * bound);
  const acknowledged: AcknowledgedCall[] = [];
  const faults: string[] = [];
  let [refused, overspentNanos] = [0, 0n];
  for (let round = 1; round <= rounds; round += 1) {
    await makeRoom(gateway, tight);
    const load = new Load(gateway, keys, draw);
    await load.until(20 + draw(380));
    if (draw(2) === 0) await eventually("a call with a checkpoint", () => heldAndSpent(gateway).checkpointed > 0);
    await gateway.stop("SIGKILL");
    await load.ended();
    await gateway.serve();
    const { lost, wrong } = tallyCalls(gateway, load.acknowledged);
    const found = await faultsOf(gateway);
    if (lost + wrong > 0) found.push(`${lost} calls lost, ${wrong} wrong`);
    faults.push(...found.map((fault) => `round ${round}: ${fault}`));
    for (const window of heldAndSpent(gateway).windows) {
      if (window.overspentNanos > overspentNanos) overspentNanos = window.overspentNanos;
    }
    acknowledged.push(...load.acknowledged);
    refused += load.refused;
  }
  return {
    rounds,
    refused,
    overspentNanos,
    faults,
    recovered: recoveredRows(gateway),
    ...tallyCalls(gateway, acknowledged),
  };
}

/** What a tally says in one line. */
export function killText({
  rounds,
  acknowledged,
  lost,
  doubled,
  wrong,
  recovered,
  refused,
  overspentNanos,
}: KillTally): string {
  return `${rounds} kills: ${acknowledged} acknowledged, ${lost} lost, ${doubled} doubled, ${wrong} wrong; ${recovered} ended by recovery, ${refused} refused, overspent by ${formatUsd(overspentNanos)} USD`;
}

/** A key of each kind, and the budget that is to run out. */
async function furnish(gateway: DataDirectory): Promise<{ readonly keys: readonly string[]; readonly tight: string }> {
  await setPrice(gateway, "test-model", price);
  await control(gateway, "POST", "/users", { email: "ada@example.com" });
  const newKey = async (name: string, labels: readonly string[] = []) =>
    (await control(gateway, "POST", "/keys", { user: "ada@example.com", name, labels })) as { id: string; key: string };
  const [tight, wide, soft, none] = [
    await newKey("tight"),
    await newKey("wide", ["wide"]),
    await newKey("soft"),
    await newKey("none"),
  ];
  const { id } = await createBudget(gateway, { scope: `key:${tight.id}`, limit_usd: "0" });
  await createBudget(gateway, { scope: `key:${wide.id}`, limit_usd: "1000" });
  await createBudget(gateway, { scope: "tag:wide", limit_usd: "1000" });
  await createBudget(gateway, { scope: `key:${soft.id}`, limit_usd: "0.001", mode: "soft" });
  return { keys: [tight.key, wide.key, soft.key, none.key], tight: id };
}

async function makeRoom(gateway: DataDirectory, budgetId: string): Promise<void> {
  const window = heldAndSpent(gateway).windows.find((each) => each.budgetId === budgetId);
  const limit_usd = formatUsd((window?.spentNanos ?? 0n) + roomNanos);
  await control(gateway, "PATCH", `/budgets/${budgetId}`, { limit_usd });
}

function recoveredRows({ configDir }: DataDirectory): number {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true });
  const sql = "SELECT count(*) AS count FROM usage_event WHERE error_code = 'recovered'";
  return database.query<{ count: number }, []>(sql).get()?.count ?? 0;
}
