import { defineCommand } from "citty";
import { ask, expectChange } from "#cli/ask.ts";
import { valuesOf } from "#cli/flag-scan.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { keyArgs, keyTypedAs, readExpiry, readWords } from "#cli/key-flags.ts";
import { readPolicy } from "#cli/key-policy-flags.ts";
import { keyLines } from "#cli/key-text.ts";
import { printJson, printLine } from "#cli/output.ts";

const args = {
  id: { type: "positional", required: true, description: "Id of the key" },
  name: { type: "string", valueHint: "name", description: "New name" },
  ...keyArgs,
  ...globalFlags,
} as const;

/** `tokligence apikey update`. */
export default defineCommand({
  meta: { description: "Change what is settled for a key; it counts at once; none takes away" },
  args,
  async run({ args: typed, rawArgs }) {
    const change = {
      name: typed.name,
      labels: readWords(valuesOf(rawArgs, args, "label")),
      addresses: readWords(valuesOf(rawArgs, args, "address")),
      expires_at: readExpiry(typed.expires),
      ...readPolicy(typed),
    };
    expectChange(change, "--tier, --priority, --rpm or another such flag");
    const key = await ask(typed, "updateKey", { id: typed.id, ...change }, { id: "ID", ...keyTypedAs });
    if (typed.json) return printJson(key);
    printLine(`Changed ${key.name} ${key.id}`);
    keyLines(key).forEach(printLine);
  },
});
