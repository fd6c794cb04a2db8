import { z } from "zod";
import { invalidField } from "#core/api/invalid-field.ts";
import type { GatewayError } from "#core/errors.ts";

/** What a question for a page says: how many, and where the page before ended. */
export const pageShape = {
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** `next_cursor` of the page before, as it was given. */
  cursor: z.string().min(1).max(500).optional(),
};

/** A list of views, all of it. */
export const listOf = <View extends z.ZodType>(view: View) => z.object({ data: z.array(view) });

/** A page of views; `next_cursor` is null on the last. */
export const pageOf = <View extends z.ZodType>(view: View) =>
  z.object({ data: z.array(view), next_cursor: z.string().nullable() });

/** The page that was asked for, of rows read one beyond its `limit`: that there is one more makes the cursor. */
export function pageFrom<Row, View>(
  rows: readonly Row[],
  limit: number,
  { view, cursor }: { readonly view: (row: Row) => View; readonly cursor: (last: Row) => string },
): { data: View[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map((row) => view(row)),
    next_cursor: last === undefined || rows.length <= limit ? null : cursor(last),
  };
}

/** The row's number in the cursor of a list in a chain. Throws `invalid_request` for anything else. */
export function seqOfCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw noCursor();
}

/** What is answered to a cursor that no page before has given to whoever shows it. */
export function noCursor(): GatewayError {
  return invalidField("cursor", "it is no cursor of a page before");
}

/** The range of time of a question; RFC 3339, `from` inclusive, `to` exclusive. */
export const periodShape = {
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
};

/** An amount that is asked for: decimal US dollars, never negative. */
export const usd = z.string().regex(/^\d{1,10}(\.\d{1,9})?$/, "is not an amount in US dollars such as 12.50");
