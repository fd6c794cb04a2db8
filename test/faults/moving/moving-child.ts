/** Moves a data directory, `MODE CONFIG_DIR FILE [STEP]`, and ends itself by SIGKILL before the given step of a restore. */
import { openLocalAdministration } from "#configurations/administration.ts";
import { restoreFrom } from "#configurations/restore.ts";
import { settingsIn } from "./settings-in.ts";

const [mode, configDir = "", path = "", step = "0"] = process.argv.slice(2);
const loaded = settingsIn(configDir);
const passphrase = "correct horse";

if (mode === "restore") {
  let left = Number(step);
  const onStep = (): void => {
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  };
  await restoreFrom(loaded, { path, passphrase, onStep });
} else {
  const { administration, close } = await openLocalAdministration(loaded);
  process.stdout.write("open\n");
  if (mode === "backup") for (;;) await administration.backup({ path, passphrase });
  await administration.importArchive({ path, passphrase });
  await close();
}
