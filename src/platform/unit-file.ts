import { GatewayError } from "#core/errors.ts";
import launchd from "../../packaging/daemon/launchd.plist" with { type: "text" };
import system from "../../packaging/daemon/system.service" with { type: "text" };
import user from "../../packaging/daemon/user.service" with { type: "text" };

/** Programs that start services and keep them running. */
export const unitKinds = ["systemd", "launchd"] as const;
export type UnitKind = (typeof unitKinds)[number];

/** What starts services on a platform. Throws `unavailable` for Windows, where none of them does. */
export function usualUnitKind(platform: NodeJS.Platform): UnitKind {
  if (platform === "win32") {
    throw new GatewayError(
      "unavailable",
      "There is no service for Windows; tokligence serve --detach runs it in the background.",
    );
  }
  return platform === "darwin" ? "launchd" : "systemd";
}

/** What stands in the file that describes a service. */
export interface UnitFacts {
  /** Program and arguments; absolute paths. */
  readonly command: readonly string[];
  /** Of the user that calls, or of the whole machine. */
  readonly scope: "user" | "system";
  /** How long the end may take. */
  readonly stopSeconds: number;
  /** File with keys of providers; systemd alone reads one. */
  readonly environmentPath: string;
  /** Where launchd keeps what is printed; systemd has its journal. */
  readonly logPath: string;
}

/** What tells that we wrote a file. */
const mark = 'Written by "tokligence daemon install';

/** The text of the file that describes the service. */
export function unitText(kind: UnitKind, facts: UnitFacts): string {
  const stopSeconds = String(Math.ceil(facts.stopSeconds));
  switch (kind) {
    case "systemd":
      return filled(facts.scope === "user" ? user : system, {
        COMMAND: facts.command.map(systemdWord).join(" "),
        STOP_SECONDS: stopSeconds,
        ENVIRONMENT: facts.environmentPath.replaceAll("%", "%%"),
      });
    case "launchd":
      return filled(launchd, {
        ARGUMENTS: facts.command.map((word) => `    <string>${xmlText(word)}</string>`).join("\n"),
        STOP_SECONDS: stopSeconds,
        LOG: xmlText(facts.logPath),
      });
  }
}

/** Whether a file is of our making, of whatever version. */
export function isOurUnit(text: string): boolean {
  return text.includes(mark);
}

function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z_]+)@/g, (whole, name: string) => values[name] ?? whole);
}

/** A word of a command line as systemd reads it (systemd.service(5)): quoted, without specifiers and variables. */
function systemdWord(word: string): string {
  const plain = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w./:@+=,-]+$/.test(plain) ? plain : `"${plain}"`;
}

function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
