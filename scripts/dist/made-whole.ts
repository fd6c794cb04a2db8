import { mkdirSync, renameSync, rmSync } from "node:fs";

/**
 * Has `make` fill an empty folder beside this one, which then takes its place, and returns what `make` returned. Where that throws,
 * the folder is as it was.
 */
export function madeWhole<Made>(folder: string, make: (unfinished: string) => Made): Made {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  try {
    mkdirSync(unfinished, { recursive: true });
    const made = make(unfinished);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
    return made;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
