import type { EventId } from "#core/effects/ids.ts";

/** What others can be told of. */
export const lifecycleEventTypes = [
  "gateway.user.provisioned",
  "gateway.user.updated",
  "gateway.user.deleted",
  "gateway.api_key.issued",
  "gateway.api_key.rotated",
  "gateway.api_key.revoked",
] as const;
export type LifecycleEventType = (typeof lifecycleEventTypes)[number];

/** Something that happened to a user or a key, as a script or webhook gets it. Never a key, never its hash. */
export interface LifecycleEvent {
  readonly id: EventId;
  readonly type: LifecycleEventType;
  readonly atMs: number;
  readonly tenantId: string;
  readonly userId: string;
  /** Id of the user or key that did it, `root` for the control socket. */
  readonly actorId: string;
  /** Facts of the type: `key_id`, `name`, `role`, `status` and the like. */
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
}
