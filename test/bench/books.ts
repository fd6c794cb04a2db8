import { backup } from "./books-backup.ts";
import { openBooksGateway } from "./books-gateway.ts";
import { faults } from "./books-faults.ts";
import { summary, verification } from "./books-reports.ts";
import { requestPath } from "./books-request-path.ts";
import { revocable, revocation } from "./books-revocation.ts";
import { settlement } from "./books-settlement.ts";
import { startServer } from "./measured-process.ts";
import type { Row } from "./report.ts";
import type { Side } from "./sides.ts";

const keys = 100_000;
const rows = Number(process.env.BOOKS_ROWS ?? 1_000_000);
const callers = 1_000;
const budgeted = 64;

/** Whether the books are right whatever happens, and what they cost: empty, and with a million rows of 100,000 keys. */
export async function books(): Promise<Row[]> {
  using upstream = await startServer("mock-upstream.ts");
  const origin = `http://127.0.0.1:${upstream.port}`;
  return [...(await faults()), ...(await settlementRows(origin)), ...(await fullRows(origin))];
}

async function settlementRows(origin: string): Promise<Row[]> {
  using proxy = await startServer("bare-proxy.ts", `${origin}/v1`);
  const bare: Side = { port: proxy.port, pid: proxy.pid, key: "unused" };
  await using gateway = await openBooksGateway(origin, { keys: callers, usedKeys: 0, rows: 0, callers }, budgeted);
  await gateway.process.serve();
  return await settlement(gateway, budgeted, bare);
}

async function fullRows(origin: string): Promise<Row[]> {
  const size = { keys, rows, callers: callers + revocable };
  const [few, many] = await Promise.all([
    openBooksGateway(origin, { ...size, usedKeys: callers }, budgeted),
    openBooksGateway(origin, { ...size, usedKeys: keys }, budgeted),
  ]);
  await using _few = few;
  await using _many = many;
  const verified = await verification(many);
  await few.process.serve();
  const summaryOfFew = await summary(few, callers);
  await few.process.stop();
  await many.process.serve();
  const served = [
    ...(await summary(many, keys)),
    ...(await backup(many, budgeted, callers)),
    ...(await revocation(many)),
  ];
  await many.process.stop();
  return [...verified, ...summaryOfFew, ...served, ...(await requestPath(origin, many))];
}
