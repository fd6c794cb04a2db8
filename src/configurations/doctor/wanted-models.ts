import type { Settings } from "#settings/settings.ts";

/** A model that a provider will be asked for by its name, and where that is said. */
export interface WantedModel {
  readonly provider: string;
  readonly model: string;
  /** As in `route fast` or `provider.openai.models`. */
  readonly saidBy: string;
}

/** Every model that the configuration names; patterns name none. The first place that says one stands for all. */
export function wantedModels({ routes, providers }: Pick<Settings, "routes" | "providers">): readonly WantedModel[] {
  const named = routes.flatMap(({ pattern, pools }) =>
    pools.flat().flatMap(({ provider, model }) => {
      const asked = model ?? (pattern.includes("*") ? undefined : pattern);
      return asked === undefined ? [] : [{ provider, model: asked, saidBy: `route ${pattern}` }];
    }),
  );
  const listed = providers.flatMap(({ name, models }) =>
    models.map((model) => ({ provider: name, model, saidBy: `provider.${name}.models` })),
  );
  const all = [...named, ...listed].filter(({ model }) => !model.includes("*"));
  return [
    ...new Map(all.toReversed().map((wanted) => [`${wanted.provider}\n${wanted.model}`, wanted])).values(),
  ].toReversed();
}
