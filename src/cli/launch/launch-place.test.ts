import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { furnish, newLaunchPlace, ownSettings } from "#cli/launch/launch-place.ts";

const overlay = { folder: ".tool", settings: "settings.json", homeVariable: "TOOL_HOME" };
const arrangement = { environment: {}, without: [], arguments: [], files: { ".tool/settings.json": "theirs" } };

test("an overlay shows the user's folder but for one file, and its end leaves that folder as it was", () => {
  const home = mkdtempSync(join(tmpdir(), "tokligence-home-"));
  try {
    mkdirSync(join(home, ".tool/history"), { recursive: true });
    writeFileSync(join(home, ".tool/settings.json"), "mine");
    const place = newLaunchPlace();
    {
      using _ = place;
      furnish(place.directory, arrangement, overlay, home);
      writeFileSync(join(place.directory, ".tool/history/today"), "said");
      expect(readdirSync(join(place.directory, ".tool")).toSorted()).toEqual(["history", "settings.json"]);
      expect(readFileSync(join(place.directory, ".tool/settings.json"), "utf8")).toBe("theirs");
      expect(statSync(join(place.directory, ".tool/settings.json")).mode & 0o777).toBe(0o600);
      expect(statSync(place.directory).mode & 0o777).toBe(0o700);
    }
    expect(existsSync(place.directory)).toBe(false);
    expect(ownSettings(overlay, home)).toBe("mine");
    expect(readFileSync(join(home, ".tool/history/today"), "utf8")).toBe("said");
  } finally {
    rmSync(home, { recursive: true });
  }
});

test("a user without that folder has no settings, and is given none", () => {
  const home = mkdtempSync(join(tmpdir(), "tokligence-home-"));
  using place = newLaunchPlace();
  expect(ownSettings(overlay, home)).toBeUndefined();
  furnish(place.directory, arrangement, overlay, home);
  expect(readdirSync(home)).toEqual([]);
  rmSync(home, { recursive: true });
});
