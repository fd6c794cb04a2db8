import { existsSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { ownCommand } from "#platform/own-command.ts";
import { type UnitFacts, type UnitKind, unitText } from "#platform/unit-file.ts";
import { longestEndMs } from "#settings/longest-end.ts";
import type { Settings } from "#settings/settings.ts";

/** The machine that a service is installed on, as far as a plan depends on it. */
export interface Machine {
  readonly home: string;
  readonly environ: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly userId: number;
}

/** What was asked for. */
export interface ServiceWish {
  readonly kind: UnitKind;
  readonly scope: UnitFacts["scope"];
  readonly settings: Settings;
  /** Words that choose the configuration, as `--env live`. */
  readonly choice: readonly string[];
}

/** A service as files and commands: what `install` writes and runs, and `uninstall` takes back. */
export interface ServicePlan {
  readonly kind: UnitKind;
  readonly unitPath: string;
  /** Where a package of this machine's system puts one of the same name, which a unit at `unitPath` would hide. */
  readonly packagedPath: string | undefined;
  readonly unit: string;
  /** Undefined where keys cannot be kept beside the unit. */
  readonly environmentPath: string | undefined;
  /** Of the directory around that file, where it has to be made. */
  readonly directoryMode: number;
  /** Whether what runs services on this machine can be told anything now. */
  readonly canRun: boolean;
  readonly start: readonly (readonly string[])[];
  readonly stop: readonly (readonly string[])[];
  readonly afterwards: readonly (readonly string[])[];
  /** Tells whether it runs, by its exit code. */
  readonly ask: readonly string[];
  readonly remarks: readonly string[];
}

const unitName = "tokligence.service";
/** What the unit of the machine may write (`StateDirectory`). */
const stateDirectory = "/var/lib/tokligence";

/** What stands in the file for keys before anybody has written one. */
export const environmentText =
  "# Keys of providers for the service, a NAME=value a line, such as:\n# OPENAI_API_KEY=sk-...\n";

/** Settles a service from what was asked for. Throws `config_invalid` where the unit could not work. */
export function planService(wish: ServiceWish, machine: Machine): ServicePlan {
  const { kind, scope, settings } = wish;
  const environmentPath = resolve(settings.configDir, "environment");
  const command = [...ownCommand(), "serve", "--config-dir", resolve(settings.configDir), ...wish.choice];
  const odd = command.find((word) => /\p{Cc}/u.test(word));
  if (odd !== undefined) {
    throw new GatewayError("config_invalid", `${JSON.stringify(odd)} holds a character that no unit can name.`);
  }
  const unit = unitText(kind, {
    command,
    scope,
    stopSeconds: longestEndMs(settings.gateway) / 1000,
    environmentPath,
    logPath: resolve(settings.logFile?.path ?? join(settings.dataDir, "tokligence.log")),
  });
  return kind === "systemd"
    ? { kind, unit, environmentPath, ...systemd(wish, machine) }
    : { kind, unit, environmentPath: undefined, ...launchd(wish, machine) };
}

type ByKind = Omit<ServicePlan, "kind" | "unit" | "environmentPath">;

function systemd({ scope, settings }: ServiceWish, { home, environ }: Machine): ByKind {
  const isUser = scope === "user";
  const control = ["systemctl", ...(isUser ? ["--user"] : [])];
  const ofUser = environ["XDG_CONFIG_HOME"] ?? "";
  const units = isUser
    ? join(isAbsolute(ofUser) ? ofUser : join(home, ".config"), "systemd/user")
    : "/etc/systemd/system";
  const runtime = environ["XDG_RUNTIME_DIR"];
  return {
    unitPath: join(units, unitName),
    packagedPath: isUser ? undefined : join("/usr/lib/systemd/system", unitName),
    directoryMode: isUser ? 0o700 : 0o755,
    canRun: isUser
      ? runtime !== undefined && existsSync(join(runtime, "systemd/private"))
      : existsSync("/run/systemd/system"),
    start: [
      [...control, "daemon-reload"],
      [...control, "enable", "--now", unitName],
    ],
    stop: [[...control, "disable", "--now", unitName]],
    afterwards: [[...control, "daemon-reload"]],
    ask: [...control, "is-active", "--quiet", unitName],
    remarks: isUser ? ["To have it run while you are logged out: loginctl enable-linger"] : systemRemarks(settings),
  };
}

/** The unit of the machine sees no home directory, and writes in one place alone. */
function systemRemarks({ configDir, dataDir, environment }: Settings): string[] {
  const where = `--config-dir ${resolve(configDir)}`;
  const remarks: string[] = [];
  if (resolve(dataDir) !== stateDirectory) {
    remarks.push(
      `Its data must lie in ${stateDirectory}: tokligence config set database.path ${stateDirectory}/gateway.db ${where}`,
    );
  }
  const names = ["", environment, "setting.ini", "config.yaml", `${environment}/gateway.ini`];
  const unreadable = names.map((name) => join(resolve(configDir), name)).filter(isForOwnerAlone);
  if (unreadable.length > 0) {
    remarks.push(`It runs as another user and must read these: chmod a+rX ${unreadable.join(" ")}`);
  }
  const hidden = [ownCommand()[0] ?? "", resolve(configDir)].filter((path) =>
    /^\/(home|root|run\/user|tmp)\//.test(path),
  );
  for (const path of hidden) remarks.push(`It cannot see ${path}: put that outside of /home, /root and /tmp.`);
  return remarks;
}

function isForOwnerAlone(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & 0o004) === 0;
}

function launchd({ scope }: ServiceWish, { home, platform, userId }: Machine): ByKind {
  const isUser = scope === "user";
  const directory = isUser ? join(home, "Library/LaunchAgents") : "/Library/LaunchDaemons";
  const unitPath = join(directory, "tokligence.plist");
  const domain = isUser ? `gui/${userId}` : "system";
  return {
    unitPath,
    packagedPath: undefined,
    directoryMode: 0o755,
    canRun: platform === "darwin",
    start: [["launchctl", "bootstrap", domain, unitPath]],
    stop: [["launchctl", "bootout", `${domain}/tokligence`]],
    afterwards: [],
    ask: ["launchctl", "print", `${domain}/tokligence`],
    remarks: ["It sees no variables of your shell: name keys in the configuration as file:///path."],
  };
}

/** Throws `config_invalid` where what was settled could never run. */
export function refuseUnworkable({ scope, settings, kind }: ServiceWish): void {
  if (kind !== "systemd" || scope !== "system") return;
  const [first] = systemRemarks(settings);
  if (first !== undefined) throw new GatewayError("config_invalid", first);
}
