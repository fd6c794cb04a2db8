/** Who may speak, strongest first. */
export const layerNames = [
  "flag",
  "environment",
  "gateway.ini",
  "setting.ini",
  "config.yaml",
  "profile",
  "built-in",
] as const;

/** One source of settings. */
export type LayerName = (typeof layerNames)[number];

/** Where something was said: a file and line, or the environment variable. */
export interface Origin {
  readonly layer: LayerName;
  readonly file?: string;
  readonly line?: number;
  readonly variable?: string;
}

/** What a layer said, as it was read; null is an empty value. */
export type SaidValue = string | number | boolean | null | readonly (string | number | boolean)[];

/** One key as one layer said it; `key` is canonical and dotted. */
export interface Entry {
  readonly key: string;
  readonly value: SaidValue;
  readonly origin: Origin;
}

/** What one source holds, and what is wrong with how it is written. */
export interface LayerContent {
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
}

/** Something wrong at a place; `text` begins with the key where there is one. */
export interface Problem {
  readonly origin?: Origin;
  readonly text: string;
}

/** The place in one word: `file:line`, the variable, or the layer. */
export function placeOf(origin: Origin): string {
  if (origin.variable !== undefined) return origin.variable;
  const file = origin.file ?? origin.layer;
  return origin.line === undefined ? file : `${file}:${origin.line}`;
}

/** Whether a layer said "nothing here": an empty value hides weaker layers and leaves the key unset. */
export function isEmpty(value: SaidValue): boolean {
  return value === null || value === "";
}

/** The file and line of an origin, as far as it has them. */
export function filePlace(origin: Origin | undefined): { file?: string; line?: number } {
  if (origin?.file === undefined) return {};
  return origin.line === undefined ? { file: origin.file } : { file: origin.file, line: origin.line };
}
