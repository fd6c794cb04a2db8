import { ensureRootAdmin, type FirstRootAdmin } from "#core/identity/root-admin.ts";
import type { Part } from "#core/part.ts";
import type { Books } from "#configurations/books.ts";
import type { Host } from "#configurations/host.ts";
import type { Settings } from "#settings/settings.ts";

/** Makes the root administrator at the first start, before the doors open: whoever finds them open finds it made. */
export class RootAdmin implements Part {
  readonly name = "root-admin";
  readonly #make: () => Promise<FirstRootAdmin | undefined>;
  /** Present after the start that made it, also where that failed later: nobody else has the key. */
  made: FirstRootAdmin | undefined;

  constructor({ rootEmail: email }: Settings, host: Host, { stores, pepper }: Books) {
    this.#make = () => ensureRootAdmin({ ...host, identity: stores.identity, pepper, email });
  }

  async start(): Promise<void> {
    this.made = await this.#make();
  }

  async stop(): Promise<void> {}
}
