import { withAdministration } from "#cli/administration.ts";
import { type GlobalArguments, loadFromFlags } from "#cli/global-flags.ts";
import type { Administration } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";

const pageSize = 1_000;

/** A page of a list, as every paged operation answers. */
interface Page<View> {
  readonly data: readonly View[];
  readonly next_cursor: string | null;
}

/** Which page is asked for. */
export interface PageQuestion {
  readonly limit: number;
  readonly cursor?: string;
}

/** Every view of a paged list in order, or the first `most` of them. */
export async function everyPage<View>(
  args: GlobalArguments,
  most: number,
  asked: (administration: Administration, page: PageQuestion) => Promise<Page<View>>,
): Promise<readonly View[]> {
  return withAdministration(loadFromFlags(args), async (administration) => {
    const views: View[] = [];
    let cursor: string | null = null;
    do {
      const limit = Math.min(pageSize, most - views.length);
      const page: Page<View> = await asked(administration, { limit, ...(cursor !== null && { cursor }) });
      views.push(...page.data);
      cursor = page.next_cursor;
    } while (cursor !== null && views.length < most);
    return views;
  });
}

/** `--limit` of a list that is read in pages. */
export const limitFlag = { type: "string", valueHint: "n", description: "At most so many; all if left out" } as const;

/** What `--limit` says, infinity where nothing was. Throws `usage` for anything but a whole number from 1. */
export function readLimit(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new GatewayError("usage", "--limit is a whole number from 1.");
}
