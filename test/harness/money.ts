import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { BudgetView } from "#core/api/budget.ts";

/** A gateway with its data beside its configuration. */
export interface GatewayWithBooks {
  readonly configDir: string;
}

/** One row of the books as it stands there, by the names of its columns; money as bigint. */
export type BookedRow = Readonly<Record<string, unknown>>;

/** What a budget is made of; a hard one for ever unless told otherwise. */
export interface WantedBudget {
  readonly scope: string;
  readonly limit_usd: string;
  readonly window?: BudgetView["window"];
  readonly mode?: BudgetView["mode"];
}

/** A call of the API through the control socket; throws what it answers unless that is a success. */
export async function control(
  { configDir }: GatewayWithBooks,
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: object,
): Promise<unknown> {
  const answer = await fetch(`http://localhost/api/v1${path}`, {
    unix: join(configDir, "control.sock"),
    // A connection that is kept may be that of a process which has handed over since.
    keepalive: false,
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

/** A new budget. */
export async function createBudget(gateway: GatewayWithBooks, wanted: WantedBudget): Promise<BudgetView> {
  return (await control(gateway, "POST", "/budgets", { window: "total", mode: "hard", ...wanted })) as BudgetView;
}

/** The budget as it stands now. */
export async function budgetNow(gateway: GatewayWithBooks, { id }: Pick<BudgetView, "id">): Promise<BudgetView> {
  return (await control(gateway, "GET", `/budgets/${id}`)) as BudgetView;
}

/** Sets prices in US dollars per million tokens; `request` is for the call itself. */
export async function setPrice(
  gateway: GatewayWithBooks,
  model: string,
  price: { readonly input: string; readonly output: string; readonly request?: string },
): Promise<void> {
  await control(gateway, "PUT", "/prices", { model, ...price });
}

/** Every row of the books, oldest first, read from the database itself. */
export function bookedRows({ configDir }: GatewayWithBooks): readonly BookedRow[] {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true, safeIntegers: true });
  return database.query<BookedRow, []>("SELECT * FROM usage_event ORDER BY seq").all();
}

/** Sum of a column of money over rows, nano-dollars; rows without it count nothing. */
export function sumOf(rows: readonly BookedRow[], column: "cost_nanos" | "overhead_nanos"): bigint {
  return rows.reduce((sum, row) => sum + BigInt((row[column] as bigint | null) ?? 0n), 0n);
}
