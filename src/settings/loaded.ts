import type { Secret } from "#core/secret.ts";
import type { LayerName } from "#settings/entry.ts";
import type { Environ } from "#settings/layers/environment-layer.ts";
import type { Settings } from "#settings/settings.ts";

/** What `loadSettings` works on; nothing else is read. */
export interface LoadInput {
  readonly configDirFlag?: string | undefined;
  readonly rootFlag?: string | undefined;
  readonly envFlag?: string | undefined;
  readonly profileFlag?: string | undefined;
  /** Dotted key to text, such as `gateway.port`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environ: Environ;
  /** `late`: a credential whose reference leads nowhere is refused when it is revealed, not now; for what calls nobody. */
  readonly credentials?: "late";
  /** The home directory, for `~`. */
  readonly home: string;
  /** The text of a file, or undefined when there is none. */
  readonly readFile: (path: string) => string | undefined;
}

/** A value as it may be shown: secrets stay wrapped. */
export type ShownValue = string | number | boolean | readonly (string | number | boolean)[] | Secret | undefined;

/** What one layer said about a key. */
export interface Said {
  readonly value: ShownValue;
  readonly layer: LayerName;
  readonly file?: string;
  readonly line?: number;
  /** The environment variable, when it came from one. */
  readonly variable?: string;
}

/** One key with its value in force, and what weaker layers said, strongest first. */
export interface ResolvedValue extends Said {
  readonly key: string;
  readonly weaker: readonly Said[];
}

/** A key, or one value of it, that was asked for and does nothing yet. */
export interface InactiveKey {
  readonly key: string;
  readonly awaits: string;
  readonly file?: string;
  readonly line?: number;
}

/** Why `serve` must not start with this configuration. */
export interface Blocker {
  readonly key: string;
  readonly reason: string;
  /** The command, or what to write, after which it is none. */
  readonly remedy: string;
  readonly file?: string;
  readonly line?: number;
}

/** The configuration in force, and everything a person may ask about it. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly values: readonly ResolvedValue[];
  /** Warnings, a sentence each. */
  readonly notices: readonly string[];
  readonly inactive: readonly InactiveKey[];
  readonly blockers: readonly Blocker[];
}
