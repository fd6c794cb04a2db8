import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { GatewayError } from "#core/errors.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { FakeLedgerStore, FakeSpool, type Verdict } from "#core/ledger/fake-books.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";

/** A bookkeeper over fakes, under a virtual clock. `record` tells `durable` or the code of the error. */
export function bookkeeperScene() {
  const store = new FakeLedgerStore();
  const spool = new FakeSpool();
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const fatal: GatewayError[] = [];
  const released: string[] = [];
  const holds = {
    release: async (requestIds: readonly string[]): Promise<void> => {
      released.push(...requestIds);
    },
  };
  const keeper = new Bookkeeper({ store, holds, spool, clock, log, meter, onFatal: (error) => fatal.push(error) });
  const record = (id: string): Promise<string> =>
    keeper.record(sampleSettlement(id)).then(
      () => "durable",
      (error: GatewayError) => error.code,
    );
  return { store, holds, released, spool, clock, log, meter, fatal, keeper, record };
}

/** Makes the store wait, batch by batch, until it is told to go on. */
export function holdStore(store: FakeLedgerStore): { release(verdict?: Verdict): void } {
  const held: ((verdict: Verdict) => void)[] = [];
  store.judge = () => new Promise<Verdict>((resolve) => held.push(resolve));
  return { release: (verdict) => held.shift()?.(verdict) };
}
