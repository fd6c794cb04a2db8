import { defineCommand } from "citty";
import { banner } from "#cli/banner.ts";
import { assignments } from "#cli/flag-scan.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { printLine, printNotice } from "#cli/output.ts";
import type { FirstRootAdmin } from "#core/identity/root-admin.ts";
import { onTermination } from "#platform/signals.ts";
import { version } from "#platform/version.ts";
import { refuseBlockers } from "#settings/load.ts";

const args = {
  host: { type: "string", valueHint: "address", description: "Address to listen on (gateway.host)" },
  port: { type: "string", valueHint: "port", description: "Port to listen on (gateway.port)" },
  set: { type: "string", valueHint: "key=value...", description: "Any setting by its dotted key; may be repeated" },
  ...globalFlags,
} as const;

/** `tokligence serve`: runs until a signal; the first one drains, the second ends at once. */
export default defineCommand({
  meta: { description: "Run the gateway" },
  args,
  async run(context) {
    const { host, port } = context.args;
    const loaded = loadFromFlags(context.args, {
      ...assignments(context.rawArgs, args),
      ...(host === undefined ? {} : { "gateway.host": host }),
      ...(port === undefined ? {} : { "gateway.port": port }),
    });
    refuseBlockers(loaded);
    for (const notice of loaded.notices) printNotice(`tokligence: ${notice}`);
    const { createGateway } = await import("#configurations/compose.ts");
    const gateway = createGateway(loaded.settings);
    const ended = untilTerminated(gateway);
    try {
      await gateway.start();
    } finally {
      if (gateway.firstAdmin !== undefined) firstAdminLines(gateway.firstAdmin).forEach(printNotice);
    }
    printLine(banner({ version, settings: loaded.settings, url: gateway.address }));
    await Promise.race([ended, gateway.failed]);
  },
});

/** Shown at the first start only, on standard error, so that it lands in no page of output that is kept. */
function firstAdminLines({ user, key }: FirstRootAdmin): string[] {
  return [`Root administrator ${user.email}, shown this once; its key for /api/v1:`, key];
}

/** Resolves when the gateway has been told to end and has ended. */
function untilTerminated(gateway: { drain(): Promise<void>; stop(): Promise<void> }): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (ending: Promise<void>) => {
      ending.then(resolve, reject);
    };
    onTermination({
      first: () => end(gateway.drain().then(() => gateway.stop())),
      again: () => end(gateway.stop()),
    });
  });
}
