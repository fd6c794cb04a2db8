import type { AdmissionAsk } from "#core/admission/admission.ts";
import type { LaneId, Offer } from "#core/scheduler/offer.ts";

/** What the scheduler is offered for a call. */
export function offerOf({ call, level, expected, giveUpAtMs }: AdmissionAsk, lane: LaneId): Offer {
  const { principal, body, receivedAt } = call;
  return {
    lane,
    level,
    tenant: principal.tenantId,
    weight: principal.policy?.weight ?? 1,
    expected: expected(),
    bytes: body.bytes.byteLength,
    arrivedUs: toMicros(receivedAt),
    deadlineUs: toMicros(giveUpAtMs),
  };
}

/** Whole microseconds of milliseconds. */
export function toMicros(milliseconds: number): number {
  return Math.floor(milliseconds * 1000);
}
