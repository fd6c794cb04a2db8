import type { z } from "zod";
import type { profileOperations, ProviderView, ServiceView } from "#core/api/profile.ts";
import { parseUsd } from "#core/ledger/money.ts";
import { compilePattern } from "#core/routing/pattern.ts";

type ProviderChoice = z.output<typeof profileOperations.listProviders.input>;
/** What `listServices` is asked for. */
export type ServiceChoice = z.output<typeof profileOperations.listServices.input>;

/** The providers that are asked for, in the order that is asked for, else as they are configured. */
export function chosenProviders(
  providers: readonly ProviderView[],
  { type, model, sort }: ProviderChoice,
): ProviderView[] {
  const pattern = model === undefined ? undefined : compilePattern(model);
  const chosen = providers.filter(
    ({ type: itsType, models }) =>
      (type === undefined || itsType === type) &&
      // One without a list takes any model.
      (pattern === undefined || models.length === 0 || models.some((name) => pattern.matches(name))),
  );
  return sort === undefined ? chosen : chosen.toSorted((one, other) => compare(one[sort], other[sort]));
}

/** The services that are asked for, in the order that is asked for, else as they are routed. */
export function chosenServices(
  services: readonly ServiceView[],
  { model, provider, sort }: ServiceChoice,
): ServiceView[] {
  const pattern = model === undefined ? undefined : compilePattern(model);
  const chosen = services.filter(
    (service) =>
      (pattern === undefined || pattern.matches(service.model)) &&
      (provider === undefined || service.providers.includes(provider)),
  );
  return sort === undefined ? chosen : chosen.toSorted((one, other) => compare(rank(one, sort), rank(other, sort)));
}

function rank(service: ServiceView, by: NonNullable<ServiceChoice["sort"]>): string | number | bigint | null {
  if (by === "model" || by === "context_window") return service[by];
  const usd = service[by];
  return usd === null ? null : parseUsd(usd);
}

/** Ascending; what is not known comes last. */
function compare<Value extends string | number | bigint>(one: Value | null, other: Value | null): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return one < other ? -1 : 1;
}
