import type { Counter, Meter } from "#core/effects/meter.ts";
import type { CallTokens } from "#core/scheduler/offer.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { costOf, tidiedTokens } from "#core/scheduler/scheduled-request.ts";

/** Tenants that are told apart; all that come later are `other`. */
const mostTenants = 200;

/** Counts the service that each tenant has had, in the currency that the scheduler shares by: tokens by their cost. */
export class TenantServiceMeter {
  readonly #service: Counter;
  /** What tokens cost from now on. */
  costPermille: SchedulingRules["costPermille"];
  readonly #tenants = new Set<string>();

  constructor(meter: Meter, costPermille: SchedulingRules["costPermille"]) {
    this.costPermille = costPermille;
    this.#service = meter.counter(
      "tokligence_scheduling_tenant_service_tokens_total",
      "Tokens that calls of a tenant were charged, cached ones and output by what they cost in input.",
      ["tenant"],
    );
  }

  /** One call has ended that took this. */
  served(tenant: string, tokens: CallTokens): void {
    this.#service.add(costOf(tidiedTokens(tokens), this.costPermille) / 1000, this.#label(tenant));
  }

  #label(tenant: string): string {
    if (this.#tenants.has(tenant)) return tenant;
    if (this.#tenants.size >= mostTenants) return "other";
    this.#tenants.add(tenant);
    return tenant;
  }
}
