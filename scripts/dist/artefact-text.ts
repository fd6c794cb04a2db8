import { statSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import type { DistSettings } from "./dist-settings.ts";

/** One artefact for people: its path from the repository, where it lies in it, and its size. */
export function artefactText({ repository }: Pick<DistSettings, "repository">, path: string): string {
  const inside = relative(repository, path);
  const name = inside.startsWith("..") || isAbsolute(inside) ? path : inside;
  const { size } = statSync(path);
  return `${name}, ${size < 1e6 ? `${Math.ceil(size / 1e3)} KB` : `${(size / 1e6).toFixed(0)} MB`}`;
}
