import { defineCommand } from "citty";
import { banner } from "#cli/banner.ts";
import { serveDetached } from "#cli/detach.ts";
import { Ending } from "#cli/ending.ts";
import { firstAdminLines } from "#cli/first-admin.ts";
import { assignments } from "#cli/flag-scan.ts";
import { globalFlags, loadToServe } from "#cli/global-flags.ts";
import { printLine, printNotice } from "#cli/output.ts";
import type { RunningGateway } from "#configurations/compose.ts";
import { ConfigurationSource } from "#configurations/configuration-source.ts";
import { systemClock } from "#platform/effects.ts";
import { checkLogFile, openLogLines } from "#platform/log-lines.ts";
import { onHangUp, onTermination } from "#platform/signals.ts";
import { supervisorOf } from "#platform/supervisor.ts";
import { version } from "#platform/version.ts";
import { longestEndMs } from "#settings/longest-end.ts";
import type { Settings } from "#settings/settings.ts";

const args = {
  host: { type: "string", valueHint: "address", description: "Address to listen on (gateway.host)" },
  port: { type: "string", valueHint: "port", description: "Port to listen on (gateway.port)" },
  set: { type: "string", valueHint: "key=value...", description: "Any setting by its dotted key; may be repeated" },
  takeover: { type: "boolean", description: "Take over from the one that runs, without downtime (Linux)" },
  detach: { type: "boolean", description: "Run in the background, its log in a file; ends when it serves" },
  ...globalFlags,
} as const;

/** `tokligence serve`: runs until a signal; the first one drains, the second ends at once. */
export default defineCommand({
  meta: { description: "Run the gateway" },
  args,
  async run(context) {
    const { detach, host, json, port, takeover: takesOver = false } = context.args;
    const flags = {
      ...assignments(context.rawArgs, args),
      ...(host === undefined ? {} : { "gateway.host": host }),
      ...(port === undefined ? {} : { "gateway.port": port }),
    };
    const source = new ConfigurationSource((readFile) => loadToServe(context.args, flags, readFile));
    const loaded = source.load();
    if (detach === true)
      return serveDetached(loaded.settings, {
        words: context.rawArgs,
        takesOver,
        choice: context.args,
        json: json === true,
      });
    for (const notice of loaded.notices) printNotice(`tokligence: ${notice}`);
    return serveHere(loaded.settings, source, takesOver);
  },
});

async function serveHere(settings: Settings, source: ConfigurationSource, takesOver: boolean): Promise<void> {
  if (settings.logFile !== undefined) checkLogFile(settings.logFile);
  const lines = openLogLines(settings.logFile, systemClock);
  const supervisor = supervisorOf(process.env, process.pid, systemClock);
  const { createGateway } = await import("#configurations/compose.ts");
  const isServing = (mainPid?: number) => supervisor.ready(`serving on ${gateway.address}`, mainPid);
  const hooks = {
    lines,
    onShutdown: (now: boolean) => ending.ask(now),
    onReload: (phase: "begins" | "ended") => (phase === "begins" ? supervisor.reloading() : isServing()),
    onHandOver: (phase: "gone" | "back") => (phase === "gone" ? supervisor.end() : isServing(process.pid)),
  };
  const gateway = createGateway(settings, hooks, source);
  const ending: Ending = new Ending(() => gateway, supervisor, longestEndMs(settings.gateway));
  onTermination({ first: () => ending.ask(), again: () => ending.ask(true) });
  onHangUp(() => {
    lines.reopen();
    gateway.reload("signal");
  });
  try {
    await started(gateway, takesOver);
    isServing(takesOver ? process.pid : undefined);
    printLine(banner({ version, settings, url: gateway.address }));
    await Promise.race([ending.ended, gateway.failed]);
  } finally {
    supervisor.end();
    await lines.close();
  }
}

async function started(gateway: Pick<RunningGateway, "start" | "firstAdmin">, takesOver: boolean): Promise<void> {
  try {
    await gateway.start({ takesOver });
  } finally {
    if (gateway.firstAdmin !== undefined) firstAdminLines(gateway.firstAdmin).forEach(printNotice);
  }
}
