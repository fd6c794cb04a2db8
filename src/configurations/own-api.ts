import { createOffering, type OfferingParts } from "#core/administration/offering.ts";
import { auditRefusal, auditTriedKeys } from "#core/administration/refusal-trail.ts";
import type { TimeRuleKeeper } from "#core/time-rules/time-rule-keeper.ts";
import type { Books } from "#configurations/books.ts";
import { composeHandlers } from "#configurations/handlers.ts";
import type { Host } from "#configurations/host.ts";
import type { HttpParts } from "#http/http-parts.ts";
import type { Settings } from "#settings/settings.ts";

/** What the doors need for `/api/v1`: who carries operations out, and which pages may ask. */
export function composeOwnApi(
  settings: Settings,
  host: Host,
  books: Books,
  {
    keeper,
    ...offered
  }: Omit<OfferingParts, "providerRole" | "prices"> & { readonly keeper: TimeRuleKeeper | undefined },
): Pick<HttpParts, "auditRefusal" | "auditTriedKeys" | "handlers" | "loopbackOnly" | "pageOrigins" | "servesTls"> {
  const { gateway, offersCapacity: providerRole } = settings;
  const offering = createOffering({ ...offered, providerRole, prices: books.priceBook });
  const trail = { audit: books.stores.audit, clock: host.clock };
  return {
    handlers: composeHandlers(settings, host, books, {
      offering: () => offering,
      ruledNames: () => keeper?.ruledNames ?? [],
    }),
    auditRefusal: (caller, operation, named) => auditRefusal(trail, caller, operation, named),
    auditTriedKeys: (address, requestId) => auditTriedKeys(trail, address, requestId),
    loopbackOnly: !gateway.auth.enabled,
    pageOrigins: new Set(gateway.corsOrigins),
    servesTls: gateway.tls !== undefined,
  };
}
