import type { Feature } from "#core/chat/feature.ts";

/** Gathers what a caller asks for beside conversation and tools: each feature with the name of the first field that asks for it. */
export class AskedFeatures {
  readonly features = new Map<Feature, string>();
  /** Fields that nobody but the caller's own provider could understand. */
  readonly unknownFields: string[] = [];

  add(feature: Feature, field: string): void {
    if (!this.features.has(feature)) this.features.set(feature, field);
  }
}
