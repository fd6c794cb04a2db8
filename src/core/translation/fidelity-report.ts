import type { Feature } from "#core/chat/feature.ts";
import type { Codec, Protocol } from "#core/wire/codec.ts";
import type { Treatment, TreatmentKind } from "#core/wire/fidelity.ts";

/** What becomes of one field of a caller's request at a provider. */
export interface FidelityRow {
  readonly from: Protocol;
  readonly to: Protocol;
  /** As the caller writes it. */
  readonly field: string;
  /** The feature it asks for, or `plain`. */
  readonly feature: string;
  /** `pass` is forwarding byte for byte. */
  readonly treatment: TreatmentKind | "pass";
  /** How, where the word alone does not tell. */
  readonly how?: string;
}

/** What becomes of every field, as the two codecs themselves declare it; nothing for a codec without a declaration. */
export function fidelityRows(caller: Codec, provider: Codec): readonly FidelityRow[] {
  const { fields = {}, own = {} } = caller.fidelity ?? {};
  const takes = provider.fidelity?.takes;
  if (takes === undefined) return [];
  const isSame = caller.protocol === provider.protocol;
  const otherwise = (feature: Feature | "plain"): Pick<FidelityRow, "treatment" | "how"> => {
    if (isSame) return { treatment: "pass" };
    return feature === "plain" ? { treatment: "carry" } : rowOf(takes[feature]);
  };
  return Object.entries(fields).map(([field, feature]) => {
    const settled = Object.hasOwn(own, field) ? own[field] : undefined;
    const told = settled === undefined ? otherwise(feature) : rowOf(settled);
    return { from: caller.protocol, to: provider.protocol, field, feature, ...told };
  });
}

const rowOf = ({ kind, how }: Treatment): Pick<FidelityRow, "treatment" | "how"> => ({
  treatment: kind,
  ...(how === undefined ? {} : { how }),
});
