import type { Admission, AdmissionAsk, Lease, WaitingPlace } from "#core/admission/admission.ts";
import { levelLabel, scaledLevel } from "#core/admission/level.ts";
import type { DegradationLadder, SheddingRung } from "#core/degradation/ladder.ts";
import type { Forecast } from "#core/scheduler/forecast.ts";

/** Of ten levels, the first that is shed: those of the tiers `bulk` and `background`. */
const firstShedOfTen = 8;

/** Whoever would wait longer than this part of what its level is usually admitted for goes. */
const shorterBy = 10;

/** What shedding is built from. */
export interface SheddingAdmissionParts {
  readonly inner: Admission & { forecast(ask: AdmissionAsk): Forecast };
  readonly ladder: Pick<DegradationLadder, "rung" | "isEnforced" | "isPressedTo" | "turnAway">;
  /** How many levels there are. */
  readonly levels: number;
  /** Never among the first that go: who says nothing of urgency has it. */
  readonly defaultLevel: number;
}

/**
 * Admission that sheds load while the process is under pressure: first the worst fifth of the levels, then whoever would have
 * to wait long. Throws `overloaded` for them; what waits or runs already goes on. Without pressure it costs one comparison.
 */
export class SheddingAdmission implements Admission {
  readonly #parts: SheddingAdmissionParts;
  readonly #firstShed: number;

  constructor(parts: SheddingAdmissionParts) {
    this.#parts = parts;
    this.#firstShed = Math.max(scaledLevel(firstShedOfTen, parts.levels), parts.defaultLevel + 1);
  }

  admit(ask: AdmissionAsk): Lease | Promise<Lease> {
    if (this.#parts.ladder.rung > 0) this.#shed(ask);
    return this.#parts.inner.admit(ask);
  }

  placeOf(requestId: string): WaitingPlace | undefined {
    return this.#parts.inner.placeOf(requestId);
  }

  isWaiting(requestId: string): boolean {
    return this.#parts.inner.isWaiting(requestId);
  }

  /** Whether this would be turned away now; nothing is counted. Throws `context_length_exceeded` as admission does. */
  wouldTurnAway(ask: AdmissionAsk): boolean {
    return this.#parts.ladder.isEnforced && this.#stepAgainst(ask) !== undefined;
  }

  #stepAgainst(ask: AdmissionAsk): SheddingRung["step"] | undefined {
    const { inner, ladder } = this.#parts;
    if (ladder.isPressedTo("shed_worst") && ask.level >= this.#firstShed) return "shed_worst";
    return ladder.isPressedTo("shed_waiting") && this.#wouldWaitLong(inner.forecast(ask)) ? "shed_waiting" : undefined;
  }

  /** A place in the queue is a matter of urgency as before, but only a short one is given. */
  #wouldWaitLong({ outcome, predictedUs, limitUs }: Forecast): boolean {
    return outcome === "queue" && predictedUs * shorterBy > limitUs;
  }

  #shed(ask: AdmissionAsk): void {
    const { ladder, levels } = this.#parts;
    const step = this.#stepAgainst(ask);
    if (step === undefined) return;
    const label = levelLabel(ask.level, levels);
    const message =
      step === "shed_worst"
        ? `The gateway is overloaded: nothing of level ${label} is taken now.`
        : "The gateway is overloaded: nothing that would have to wait long is taken now.";
    const refusal = ladder.turnAway(step, message);
    if (refusal !== undefined) throw refusal;
  }
}
