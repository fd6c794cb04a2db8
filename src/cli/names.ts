import type { Administration } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";

/** Beyond so many a table shows ids: nobody waits for the names of a hundred thousand. */
const mostNames = 500;

type Finders = Pick<Administration, "findUser" | "findTeam" | "findKey">;

/** How what has an id is called, and found out. */
const finders = {
  user: async (desk: Finders, id: string) => (await desk.findUser({ id })).email,
  team: async (desk: Finders, id: string) => (await desk.findTeam({ id })).name,
  key: async (desk: Finders, id: string) => `${id} (${(await desk.findKey({ id })).name})`,
};

/** What people call users, teams and keys that a table would show the ids of. */
export class Names {
  readonly #known = new Map<string, string>();

  /** Finds out what these are called; whatever is gone keeps its id. */
  async learn(kind: keyof typeof finders, ids: Iterable<string | null | undefined>, desk: Finders): Promise<void> {
    for (const id of ids) {
      if (id === null || id === undefined || this.#known.has(id)) continue;
      if (this.#known.size >= mostNames) return;
      this.#known.set(id, await nameOf(kind, id, desk));
    }
  }

  /** The name of what has this id, else the id. */
  of(id: string | null | undefined): string | null {
    return id === null || id === undefined ? null : (this.#known.get(id) ?? id);
  }
}

async function nameOf(kind: keyof typeof finders, id: string, desk: Finders): Promise<string> {
  try {
    return await finders[kind](desk, id);
  } catch (error) {
    if (error instanceof GatewayError && error.code === "not_found") return id;
    throw error;
  }
}
