import { accountIdOf } from "#core/routing/deployment-id.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { Part } from "#core/part.ts";
import { changedAccounts } from "#configurations/changed-accounts.ts";
import type { Doors } from "#configurations/doors.ts";
import type { Generation } from "#configurations/generation.ts";
import type { Settings } from "#settings/settings.ts";

/** What a change of generations reaches beside the generations themselves. */
export interface GenerationsParts {
  readonly compose: (settings: Settings) => Generation;
  /** Hears of accounts that are others from now on, and of the provider that requests of before still ask. */
  readonly startAccountAfresh: (account: string, before: Provider | undefined) => void;
  readonly doors: () => Pick<Doors, "swap">;
}

/** The generation in force, and how another takes its place: at once, between two requests. */
export class Generations implements Part {
  readonly name = "configuration";
  readonly #parts: GenerationsParts;
  #current: Generation;

  constructor(first: Settings, parts: GenerationsParts) {
    this.#parts = parts;
    this.#current = parts.compose(first);
  }

  get current(): Generation {
    return this.#current;
  }

  async start(): Promise<void> {
    this.#current.enter();
  }

  async stop(): Promise<void> {
    this.#current.leave();
  }

  /** Takes other settings over. Throws `config_invalid` where nothing can be built from them; nothing has changed then. */
  swap(settings: Settings): void {
    const { compose, doors, startAccountAfresh } = this.#parts;
    const before = this.#current;
    const next = compose(settings);
    // Everything that may throw comes first: whatever is built is built by now.
    doors().swap(settings, next.createApp);
    this.#current = next;
    before.leave();
    next.enter();
    for (const account of changedAccounts(before.settings.providers, settings.providers)) {
      startAccountAfresh(
        account,
        before.providers.find((provider) => accountIdOf(provider) === account),
      );
    }
  }
}
