import { administrationFor } from "#core/administration/asked.ts";
import { createOffering } from "#core/administration/offering.ts";
import type { Administration } from "#core/api/operations.ts";
import { rootPrincipal } from "#core/identity/principal.ts";
import { stopParts } from "#core/part.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { type Books, startCommandBooks } from "#configurations/books.ts";
import { openCatalog } from "#configurations/catalogue.ts";
import { composeHandlers } from "#configurations/handlers.ts";
import { commandHost, type Host } from "#configurations/host.ts";
import { createProviders } from "#configurations/upstreams.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import type { LoadedSettings } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

/** Administration on the store of a stopped gateway; it holds the data directory until it is closed. */
export interface OpenAdministration {
  readonly administration: Administration;
  close(): Promise<void>;
}

/** Opens the data directory for commands. Rejects with `unavailable` if somebody else holds it. */
export async function openLocalAdministration({ settings }: LoadedSettings): Promise<OpenAdministration> {
  const host = commandHost(settings);
  const books = await startCommandBooks(settings, host);
  const handlers = composeHandlers(settings, host, books, {
    offering: () => offeringOf(settings, host, books),
    // Whoever runs commands is root, whom no rule bounds.
    ruledNames: () => [],
  });
  const administration = administrationFor(handlers, { principal: rootPrincipal });
  return { administration, close: () => stopParts(books.commandParts) };
}

/** What the gateway would offer if it started now, everybody sound. */
function offeringOf(settings: Settings, { clock, digest }: Host, { priceBook }: Books) {
  const { factsOf } = openCatalog(settings);
  const providers = createProviders(settings, { http: new UpstreamClient(clock), clock, digest, facts: factsOf });
  return createOffering({
    providerRole: settings.offersCapacity,
    plan: new RoutePlan(settings.routes, providers),
    providers,
    health: { stateOf: () => "closed" },
    prices: priceBook,
    factsOf,
  });
}
