import type { Feature } from "#core/chat/feature.ts";

/**
 * What a protocol does with a feature that is asked of it: **carry** it as it is, **fold** it into another way of saying it
 * with nothing lost, **shim**: the gateway does it itself, **note**: leave it out and name it to the caller, **refuse**
 * the call before anything is sent.
 */
export type TreatmentKind = "carry" | "fold" | "shim" | "note" | "refuse";

/** A treatment and, where the word alone does not tell, how. */
export interface Treatment {
  readonly kind: TreatmentKind;
  readonly how?: string;
}

/** Carried as it is. */
export const carry: Treatment = { kind: "carry" };

/** Left out and named to the caller. */
export const note: Treatment = { kind: "note" };

/** Refused before anything is sent. */
export const refuse: Treatment = { kind: "refuse" };

/** What a protocol, as a provider's, does with every feature. */
export type Takes = Readonly<Record<Feature, Treatment>>;

/**
 * A protocol's own declaration, and the only source of the printed matrix. `fields` are the fields a caller of the protocol
 * may write, by path, with the feature that each asks for (`plain` for what every protocol can say).
 */
export interface Fidelity {
  readonly fields: Readonly<Record<string, Feature | "plain">>;
  /** Those of the fields that the gateway itself answers for, whoever the provider is. */
  readonly own?: Readonly<Record<string, Treatment>>;
  readonly takes: Takes;
}

/** The names that the declared paths begin with, or that come first behind `under`: what a request, or that part of it, may hold. */
export function declaredFields({ fields }: Fidelity, under: string = ""): ReadonlySet<string> {
  const paths = Object.keys(fields).filter((path) => path.startsWith(under));
  return new Set(paths.flatMap((path) => /^\w+/.exec(path.slice(under.length)) ?? []));
}
