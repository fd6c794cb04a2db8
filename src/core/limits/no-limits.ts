import type { LimitHold, Limiter } from "#core/limits/limiter.ts";

const nothing = {};

/** What a caller holds whom nothing limits: one for all, free of charge. */
export const freeHold: LimitHold = {
  countsTokens: false,
  reserve: () => undefined,
  settle: () => undefined,
  report: () => nothing,
};

/** Limits nobody. */
export const noLimits: Limiter = { enter: () => freeHold };
