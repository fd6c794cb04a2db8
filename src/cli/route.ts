import { defineCommand } from "citty";
import { legend, matrixLines, pairLines, shortName } from "#cli/fidelity-text.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { routeText } from "#cli/route-text.ts";
import { withSchedulingDesk } from "#cli/scheduling-desk.ts";
import { GatewayError } from "#core/errors.ts";
import { fidelityRows } from "#core/translation/fidelity-report.ts";
import type { Codec, Protocol } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";

/** Protocols between which chats are translated. */
const spoken: readonly Codec[] = [
  codecs["openai-chat"],
  codecs["openai-responses"],
  codecs["anthropic-messages"],
  codecs["gemini-generate"],
];
const names = spoken.map(({ protocol }) => shortName(protocol)).join(", ");

const explain = defineCommand({
  meta: { description: "Say who answers a model, or with --fidelity what becomes of each field of a request" },
  args: {
    model: { type: "positional", required: false, valueHint: "model", description: "The model that is asked for" },
    fidelity: { type: "boolean", description: "Field by field, for every pair of protocols" },
    from: { type: "string", valueHint: "protocol", description: `Callers that speak it: ${names}` },
    to: { type: "string", valueHint: "protocol", description: `Only providers that speak it: ${names}` },
    ...globalFlags,
  },
  async run({ args }) {
    if (args.fidelity === true) return printFidelity(args);
    if (args.model === undefined) {
      throw new GatewayError("usage", "tokligence route explain needs the name of a model, or --fidelity.");
    }
    if (args.to !== undefined) throw new GatewayError("usage", "--to goes with --fidelity.");
    const question = {
      model: args.model,
      ...(args.from === undefined ? {} : { protocol: callersProtocol(args.from) }),
    };
    const { route, running } = await withSchedulingDesk(loadFromFlags(args), async (desk, isRunning) => ({
      route: await desk.explainRoute(question),
      running: isRunning,
    }));
    if (args.json) return printJson(route);
    printLine(routeText(route, running));
  },
});

/** `tokligence route`. */
export default defineCommand({
  meta: { description: "Explain how requests reach providers" },
  subCommands: { explain },
});

function chosen(flag: string, name: string | undefined): readonly Codec[] {
  if (name === undefined) return spoken;
  const found = spoken.filter(({ protocol }) => protocol === name || shortName(protocol) === name);
  if (found.length === 0) throw new GatewayError("usage", `${flag} is one of: ${names}.`);
  return found;
}

/** Any protocol that the gateway answers in, counting and embedding too. */
function callersProtocol(name: string): Protocol {
  const found = Object.values(codecs).find(({ protocol }) => protocol === name || shortName(protocol) === name);
  if (found !== undefined) return found.protocol;
  throw new GatewayError("usage", `--from is one of: ${Object.keys(codecs).join(", ")}.`);
}

function printFidelity({
  from,
  to,
  json,
}: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly json?: boolean | undefined;
}): void {
  const callers = chosen("--from", from);
  const providers = chosen("--to", to);
  const tables = callers.map((caller) => ({
    from: caller.protocol,
    rows: providers.flatMap((provider) => fidelityRows(caller, provider)),
  }));
  if (json) {
    for (const { rows } of tables) rows.forEach(printJson);
    return;
  }
  const isPair = callers.length === 1 && providers.length === 1;
  const blocks = tables.map((table) => (isPair ? pairLines(table.rows) : matrixLines(table.from, table.rows)));
  printLine([legend, ...blocks].map((lines) => lines.join("\n")).join("\n\n"));
}
