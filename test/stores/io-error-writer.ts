/**
 * Settles on the directory given until the disk reports an error, which the parent arranges by limiting the size of a
 * file. Prints each request id once it is acknowledged, then how this and the next attempt failed, and what whoever runs
 * the process is told.
 */
import { GatewayError } from "#core/errors.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { systemIds } from "#platform/effects.ts";
import { openSqliteStores } from "./sqlite-stores.ts";

const directory = process.argv[2];
if (directory === undefined) throw new Error("usage: io-error-writer.ts DIRECTORY");

const onFailure = ({ details }: GatewayError): void => void process.stdout.write(`told ${details.reason}\n`);
const stores = await openSqliteStores(directory, { onFailure });
for (let failures = 0, round = 0; failures < 2 && round < 10_000; round += 1) {
  const settlement = sampleSettlement(systemIds.request());
  const failure = await stores.ledger.settle([settlement]).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) process.stdout.write(`${settlement.entry.requestId}\n`);
  else {
    failures += 1;
    process.stdout.write(`failed ${failure instanceof GatewayError ? failure.details.reason : failure}\n`);
  }
}
process.exit(0);
