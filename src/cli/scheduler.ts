import { defineCommand } from "citty";
import { explanationText } from "#cli/explanation-text.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { oneOf } from "#cli/one-of.ts";
import { printJson, printLine, printNotice } from "#cli/output.ts";
import { schedulerText } from "#cli/scheduler-table.ts";
import { withSchedulingDesk } from "#cli/scheduling-desk.ts";
import { showAnew } from "#cli/screen.ts";
import { GatewayError } from "#core/errors.ts";
import { tiers } from "#core/identity/key-policy.ts";
import { rootPrincipal } from "#core/identity/principal.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import { RemoteSchedulingDesk } from "#platform/remote-scheduling-desk.ts";

const redrawMs = 1000;

const status = defineCommand({
  meta: { description: "Capacity, queues and waits of the running gateway" },
  args: {
    watch: { type: "boolean", description: "Show it anew every second until Ctrl-C" },
    ...globalFlags,
  },
  async run({ args }) {
    const { settings } = loadFromFlags(args);
    const daemon = await probeDaemon(settings.dataDir);
    if (daemon === undefined) throw new GatewayError("unavailable", `No gateway runs on ${settings.dataDir}.`);
    const desk = new RemoteSchedulingDesk(daemon.socketPath);
    if (args.json) return printJson(await desk.status());
    if (args.watch !== true || !process.stdout.isTTY) return printLine(schedulerText(await desk.status()));
    return showAnew(redrawMs, async () => schedulerText(await desk.status()));
  },
});

const explain = defineCommand({
  meta: { description: "What would become of a call, without making it" },
  args: {
    model: { type: "string", required: true, valueHint: "name", description: "The model that is asked for" },
    key: { type: "string", valueHint: "id", description: "As this key" },
    tier: { type: "string", valueHint: "name", description: `As a key of this tier: ${tiers.join(", ")}` },
    priority: { type: "string", valueHint: "level", description: "As x-tokligence-priority says it: 0, P0 or a name" },
    "input-tokens": { type: "string", valueHint: "n", description: "Tokens of its prompt" },
    "output-tokens": { type: "string", valueHint: "n", description: "Tokens of its answer" },
    deadline: { type: "string", valueHint: "ms", description: "Milliseconds that it has time" },
    ...globalFlags,
  },
  async run({ args }) {
    const loaded = loadFromFlags(args);
    const inputTokens = wholeNumber("--input-tokens", args["input-tokens"]);
    const outputTokens = wholeNumber("--output-tokens", args["output-tokens"]);
    const deadlineMs = wholeNumber("--deadline", args.deadline);
    const question = {
      model: args.model,
      ...(args.key === undefined ? {} : { key: args.key }),
      ...(args.tier === undefined ? {} : { tier: oneOf("--tier", tiers, args.tier) }),
      ...(args.priority === undefined ? {} : { priority: args.priority }),
      ...(inputTokens === undefined ? {} : { input_tokens: inputTokens }),
      ...(outputTokens === undefined ? {} : { output_tokens: outputTokens }),
      ...(deadlineMs === undefined ? {} : { deadline_ms: deadlineMs }),
    };
    const { answer, running } = await withSchedulingDesk(loaded, async (desk, isRunning) => ({
      answer: await desk.explain(question, rootPrincipal),
      running: isRunning,
    }));
    if (!running) printNotice("tokligence: No gateway runs; this is what one would do that has just started.");
    if (args.json) return printJson(answer);
    printLine(explanationText(answer));
  },
});

/** `tokligence scheduler`. */
export default defineCommand({
  meta: { description: "Show what waits for capacity, and what would become of a call" },
  subCommands: { status, explain },
});

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new GatewayError("usage", `${flag} is a whole number.`);
}
