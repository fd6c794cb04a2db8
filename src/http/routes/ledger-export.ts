import { ledgerDoors } from "#core/api/ledger.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { exportMediaTypes, exportText } from "#core/evidence/export.ts";
import { routeOf } from "#http/api-door.ts";
import { queryValues } from "#http/query-values.ts";
import { requestIdHeaders } from "#http/reply-headers.ts";
import type { DoorParts, GuardedRoute } from "#http/route.ts";

/** `GET /api/v1/ledger/export`: a whole chain of the books as a file, a page at a time, as fast as it is read. */
export function ledgerExportRoutes({ handlers }: Pick<DoorParts, "handlers">): GuardedRoute[] {
  return [
    {
      ...routeOf(ledgerDoors.exportLedger),
      handle: async ({ requestId, target }, principal) => {
        const { stream, format } = parseInput(ledgerDoors.exportLedger.input, queryValues(target.query));
        const pages = exportText((page) => handlers.listLedgerRows(page, { principal, requestId }), stream, format);
        // The first rows are read before anything is promised: a store that fails is still an error of its own.
        const opening = [await pages.next(), await pages.next()];
        return new Response(bodyOf(opening, pages), {
          headers: {
            "content-type": exportMediaTypes[format],
            "content-disposition": `attachment; filename="${stream}.${format}"`,
            ...requestIdHeaders(requestId),
          },
        });
      },
    },
  ];
}

type Page = IteratorResult<string, void>;

function bodyOf(opening: Page[], pages: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const page = opening.shift() ?? (await pages.next());
        if (page.done === true) controller.close();
        else controller.enqueue(encoder.encode(page.value));
      },
      async cancel() {
        await pages.return();
      },
    },
    { highWaterMark: 0 },
  );
}
