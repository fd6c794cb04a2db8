import { GatewayProcess } from "../harness/gateway-process.ts";
import { createBudget, setPrice } from "../harness/money.ts";
import { type BooksSize, type FilledBooks, fillBooks } from "./books-filled.ts";
import { chatScene, gatewayProgram, general, type Side } from "./sides.ts";

/** A gateway with filled books, which does not run yet; callers of `budgeted` pay from a hard budget that never ends. */
export interface BooksGateway extends FilledBooks, AsyncDisposable {
  readonly process: GatewayProcess;
  /** What the load asks of it while it runs: callers from `from` to `to` come at random. */
  side(from: number, to: number): Side;
}

const price = { input: "1", output: "2" };

/** Fills the books of a gateway of its own; of its callers so many get a hard budget. `origin` is the mock upstream's. */
export async function openBooksGateway(origin: string, size: BooksSize, budgeted: number): Promise<BooksGateway> {
  const process = new GatewayProcess({ program: gatewayProgram, configuration: general + chatScene.providers(origin) });
  try {
    const books = await fillBooks(process.configDir, size);
    await process.serve();
    await setPrice(process, "mock", price);
    for (const { id } of books.callers.slice(0, budgeted)) {
      await createBudget(process, { scope: `key:${id}`, limit_usd: "1000000" });
    }
    await process.stop();
    const side = (from: number, to: number): Side => {
      const keys = books.callers.slice(from, to).map(({ text }) => text);
      return { port: process.port, pid: process.pid, key: "", keys };
    };
    return { ...books, process, side, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}
