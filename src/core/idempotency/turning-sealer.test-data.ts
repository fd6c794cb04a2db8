import type { Sealer } from "#core/effects/sealer.ts";

/** Turns bytes around, and opens only what was sealed under a name that begins alike: for tests, which seal nothing from anybody. */
export const turningSealer: Sealer = {
  seal: (plain, name) => new Uint8Array([name[0] ?? 0, ...plain.toReversed()]),
  open: (sealed, name) => (sealed[0] === name[0] ? sealed.slice(1).reverse() : undefined),
};
