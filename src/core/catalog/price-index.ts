import type { ListedPrice } from "#core/catalog/price.ts";
import { withoutDate } from "#core/catalog/undated-name.ts";

/** Prices by the provider they hold at and the model's name; for all providers under `undefined`. The last of a pair holds. */
export class PriceIndex {
  readonly #providers = new Map<string | undefined, Map<string, ListedPrice>>();

  set(listed: ListedPrice): void {
    const models = this.#providers.get(listed.provider) ?? new Map<string, ListedPrice>();
    this.#providers.set(listed.provider, models);
    models.set(listed.model, listed);
  }

  remove(model: string, provider: string | undefined): void {
    this.#providers.get(provider)?.delete(model);
  }

  /** Under that very name. */
  exact(model: string, provider: string | undefined): ListedPrice | undefined {
    return this.#providers.get(provider)?.get(model);
  }

  /** Under that name, else under the name without its date. */
  find(model: string, provider: string | undefined): ListedPrice | undefined {
    const models = this.#providers.get(provider);
    if (models === undefined || models.size === 0) return undefined;
    const exact = models.get(model);
    if (exact !== undefined) return exact;
    const undated = withoutDate(model);
    return undated === undefined ? undefined : models.get(undated);
  }

  all(): readonly ListedPrice[] {
    return [...this.#providers.values()].flatMap((models) => [...models.values()]);
  }
}
