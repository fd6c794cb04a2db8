import { defineCommand } from "citty";
import { legend, matrixLines, pairLines, shortName } from "#cli/fidelity-text.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { GatewayError } from "#core/errors.ts";
import { fidelityRows } from "#core/translation/fidelity-report.ts";
import type { Codec } from "#core/wire/codec.ts";
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
  meta: { description: "Say what becomes of each field of a request" },
  args: {
    fidelity: { type: "boolean", description: "Field by field, for every pair of protocols" },
    from: { type: "string", valueHint: "protocol", description: `Only callers that speak it: ${names}` },
    to: { type: "string", valueHint: "protocol", description: `Only providers that speak it: ${names}` },
    ...globalFlags,
  },
  run({ args }) {
    if (args.fidelity !== true) throw new GatewayError("usage", "tokligence route explain needs --fidelity.");
    const callers = chosen("--from", args.from);
    const providers = chosen("--to", args.to);
    const tables = callers.map((caller) => ({
      from: caller.protocol,
      rows: providers.flatMap((provider) => fidelityRows(caller, provider)),
    }));
    if (args.json) return tables.flatMap(({ rows }) => rows).forEach(printJson);
    const isPair = callers.length === 1 && providers.length === 1;
    const blocks = tables.map(({ from, rows }) => (isPair ? pairLines(rows) : matrixLines(from, rows)));
    printLine([legend, ...blocks].map((lines) => lines.join("\n")).join("\n\n"));
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
