import { administrationFor } from "#core/administration/asked.ts";
import { chosenServices, type ServiceChoice } from "#core/administration/chosen-offers.ts";
import { createOffering } from "#core/administration/offering.ts";
import type { Administration } from "#core/api/operations.ts";
import type { ServiceView } from "#core/api/profile.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
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
export async function openLocalAdministration(loaded: LoadedSettings): Promise<OpenAdministration> {
  const { settings } = loaded;
  const host = commandHost(settings);
  const books = await startCommandBooks(loaded, host);
  const handlers = composeHandlers(settings, host, books, {
    offering: () => offeringOf(settings, host, books),
    // Whoever runs commands is root, whom no rule bounds.
    ruledNames: () => [],
  });
  const administration = administrationFor(handlers, { principal: rootPrincipal });
  return { administration, close: () => stopParts(books.commandParts) };
}

/** What `listServices` would answer after a first start, at the prices that come with the program; nothing is made. */
export function servicesBeforeFirstStart({ settings }: LoadedSettings, choice: ServiceChoice): ServiceView[] {
  const offering = offeringOf(settings, commandHost(settings), { priceBook: { current: embeddedPriceList } });
  return chosenServices(offering.services(), choice);
}

/** What the gateway would offer if it started now, everybody sound. */
function offeringOf(
  settings: Settings,
  { clock, digest }: Host,
  { priceBook }: { readonly priceBook: Pick<Books["priceBook"], "current"> },
) {
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
