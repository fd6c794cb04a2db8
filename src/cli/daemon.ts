import { existsSync } from "node:fs";
import { defineCommand } from "citty";
import { installService, packagedUnit, type RunCommand, uninstallService } from "#cli/daemon/install.ts";
import { planService, refuseUnworkable, type ServicePlan, type ServiceWish } from "#cli/daemon/plan.ts";
import { globalFlags, type GlobalArguments, loadFromFlags } from "#cli/global-flags.ts";
import { oneOf } from "#cli/one-of.ts";
import { printJson, printLine, printNotice, printText } from "#cli/output.ts";
import { errorTable } from "#core/errors.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import { unitKinds, usualUnitKind } from "#platform/unit-file.ts";
import { homeDirectory } from "#settings/home-directory.ts";

const args = {
  system: { type: "boolean", description: "For the whole machine, not for you alone; needs root" },
  target: { type: "string", valueHint: "name", description: `What runs it: ${unitKinds.join(" or ")}` },
  ...globalFlags,
} as const;

/** What the three verbs are called with. */
interface DaemonArguments extends GlobalArguments {
  readonly system?: boolean | undefined;
  readonly target?: string | undefined;
}

const install = defineCommand({
  meta: { description: "Have the gateway started with the machine, and again when it fails" },
  args: {
    print: { type: "boolean", description: "Print what would be written, and write nothing" },
    "dry-run": { type: "boolean", description: "The same as --print" },
    ...args,
  },
  async run({ args }) {
    const { plan, wish } = planned(args);
    if (args.print === true || args["dry-run"] === true) {
      for (const remark of plan.remarks) printNotice(`tokligence: ${remark}`);
      return printText(plan.unit);
    }
    refuseUnworkable(wish);
    (await installService(plan, run)).forEach(printLine);
  },
});

const uninstall = defineCommand({
  meta: { description: "Take away again what install wrote" },
  args,
  async run({ args }) {
    (await uninstallService(planned(args).plan, run)).forEach(printLine);
  },
});

const status = defineCommand({
  meta: { description: "Whether it is installed and runs; exit 69 if it does not" },
  args,
  async run({ args }) {
    const { plan, wish } = planned(args);
    const unit = packagedUnit(plan) ?? plan.unitPath;
    const installed = existsSync(unit);
    const supervised = installed && plan.canRun && (await exitCodeOf(plan.ask, "ignore")) === 0;
    const daemon = await probeDaemon(wish.settings.dataDir);
    if (args.json) {
      printJson({ unit, installed, supervised, pid: daemon?.status.pid ?? null });
    } else {
      printLine(`Unit     ${unit}${installed ? "" : ", not installed"}`);
      printLine(`Service  ${supervised ? "active" : plan.canRun ? "not active" : "nothing runs services here"}`);
      printLine(
        `Gateway  ${daemon === undefined ? "none answers" : `process ${daemon.status.pid}, ${daemon.status.address}`}`,
      );
    }
    return daemon === undefined ? errorTable.unavailable.exit : 0;
  },
});

/** `tokligence daemon`: the gateway as a service of this machine. */
export default defineCommand({
  meta: { description: "Run the gateway as a service of this machine" },
  subCommands: { install, uninstall, status },
});

/** The directory of the configuration of a service of the whole machine, unless one is named. */
const systemConfigDir = "/etc/tokligence";

function planned(args: DaemonArguments): { readonly plan: ServicePlan; readonly wish: ServiceWish } {
  const scope = args.system === true ? "system" : "user";
  const isNamed = args["config-dir"] !== undefined || args.root !== undefined;
  const chosen = scope === "user" || isNamed ? args : { ...args, "config-dir": systemConfigDir };
  const wish: ServiceWish = {
    kind: args.target === undefined ? usualUnitKind(process.platform) : oneOf("--target", unitKinds, args.target),
    scope,
    settings: loadFromFlags(chosen).settings,
    choice: [
      ...words("--env", args.env),
      ...words("--profile", args.profile),
      ...words("--log-level", args["log-level"]),
    ],
  };
  const { platform, env: environ } = process;
  const machine = { home: homeDirectory(), environ, platform, userId: process.getuid?.() ?? 0 };
  return { plan: planService(wish, machine), wish };
}

function words(flag: string, value: string | undefined): string[] {
  return value === undefined ? [] : [flag, value];
}

const run: RunCommand = (command) => exitCodeOf(command, "inherit");

/** 127 for a program that there is not, as a shell has it. */
async function exitCodeOf(command: readonly string[], output: "inherit" | "ignore"): Promise<number> {
  try {
    return await Bun.spawn([...command], { stdio: ["ignore", output, output] }).exited;
  } catch {
    return 127;
  }
}
