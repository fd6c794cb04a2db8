import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type DistSettings, folderOf } from "./dist-settings.ts";
import { madeWhole } from "./made-whole.ts";
import type { Target } from "./targets.ts";

/** What lies beside an executable, where it is in the repository and where in its folder: as `.goreleaser.yaml` packs it. */
const companions: readonly (readonly [from: string, to: string])[] = [
  ["LICENSE", "LICENSE"],
  ["README.md", "README.md"],
  ["THIRD_PARTY_LICENSES", "THIRD_PARTY_LICENSES"],
  ["config", "config"],
  ["profiles", "profiles"],
  ["packaging/completion", "completion"],
  ["packaging/man/tokligence.1", "man/tokligence.1"],
];

/** Makes the folder of a target, its executable by `build`, which may throw; under its name it is there whole or as it was. */
export function makeTargetFolder(settings: DistSettings, target: Target, build: (program: string) => void): void {
  madeWhole(folderOf(settings, target), (unfinished) => {
    for (const [from, to] of companions) {
      mkdirSync(dirname(join(unfinished, to)), { recursive: true });
      cpSync(join(settings.repository, from), join(unfinished, to), { recursive: true });
    }
    build(join(unfinished, target.program));
  });
}
