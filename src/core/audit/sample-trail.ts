import type { Trail } from "#core/audit/trail.ts";

/** A trail of a change to `target`, for tests. */
export function sampleTrail(action = "createBudget", target = "bud_1", atMs = 1_767_225_600_123): Trail {
  return {
    audit: {
      atMs,
      actor: { kind: "root" },
      action,
      outcome: "done",
      target: { kind: "budget", id: target },
      details: {},
    },
    events: [],
  };
}
