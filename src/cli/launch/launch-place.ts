import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Arrangement, LaunchTool } from "#cli/launch/launch-tool.ts";

type Overlay = NonNullable<LaunchTool["overlay"]>;

/** A private directory for one session of a tool. */
export interface LaunchPlace extends Disposable {
  readonly directory: string;
}

/** Makes the directory; `using` removes it, and of what it links to only the links. */
export function newLaunchPlace(): LaunchPlace {
  const directory = mkdtempSync(join(tmpdir(), "tokligence-launch-"));
  chmodSync(directory, 0o700);
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** The settings of the user's own that an overlay stands in front of; undefined without any. */
export function ownSettings(overlay: Overlay, home: string): string | undefined {
  try {
    return readFileSync(join(home, overlay.folder, overlay.settings), "utf8");
  } catch {
    return undefined;
  }
}

/** Writes the files of an arrangement, mode 0600, and what an overlay shows of the user's home. */
export function furnish(directory: string, { files }: Arrangement, overlay: Overlay | undefined, home: string): void {
  if (overlay !== undefined) showThrough(directory, overlay, home);
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  }
}

function showThrough(directory: string, { folder, settings }: Overlay, home: string): void {
  const own = join(home, folder);
  mkdirSync(join(directory, folder), { mode: 0o700 });
  for (const name of entriesOf(own)) {
    if (name !== settings) symlinkSync(join(own, name), join(directory, folder, name));
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
