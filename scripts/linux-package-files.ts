/**
 * Makes what Linux packages hold and the repository does not: `bun scripts/linux-package-files.ts FOLDER`. The unit is the one
 * that `tokligence daemon install --system` writes, for /usr/bin/tokligence and the configuration that the packages bring.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { environmentText } from "#cli/daemon/plan.ts";
import { unitText } from "#platform/unit-file.ts";
import { loadSettings } from "#settings/load.ts";
import { longestEndMs } from "#settings/longest-end.ts";

const repository = resolve(import.meta.dir, "..");
const configDir = "/etc/tokligence";

/** The unit of the machine, whose first line says whose it is: of the package here. */
function packagedUnit(): string {
  const { settings } = loadSettings({
    configDirFlag: configDir,
    flags: {},
    environ: {},
    home: "/",
    readFile: packaged,
  });
  const unit = unitText("systemd", {
    command: ["/usr/bin/tokligence", "serve", "--config-dir", configDir],
    scope: "system",
    stopSeconds: longestEndMs(settings.gateway) / 1000,
    environmentPath: join(configDir, "environment"),
    logPath: "/dev/null",
  });
  return unit.replace(/^#.*\n/, '# Part of the package tokligence; "systemctl edit tokligence" changes it.\n');
}

/** The files of the configuration directory, as the packages bring them. */
function packaged(path: string): string | undefined {
  return path === join(configDir, "config.yaml")
    ? readFileSync(join(repository, "packaging/linux/config.yaml"), "utf8")
    : undefined;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Say where to: bun scripts/linux-package-files.ts FOLDER");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "tokligence.service"), packagedUnit());
writeFileSync(join(folder, "environment"), environmentText);
const manual = readFileSync(join(repository, "packaging/man/tokligence.1"));
writeFileSync(join(folder, "tokligence.1.gz"), Bun.gzipSync(manual, { level: 9 }));
