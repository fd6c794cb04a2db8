import { defineCommand } from "citty";
import { assignments, valuesOf } from "#cli/flag-scan.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { emailProblem } from "#cli/init/account-questions.ts";
import { Cancelled } from "#cli/init/asker.ts";
import {
  localProviders,
  providerOfFlag,
  testProviders,
  withProviders,
  withUsualRoutes,
} from "#cli/init/chosen-providers.ts";
import { Draft } from "#cli/init/draft.ts";
import { nextSteps, serveCommand } from "#cli/init/next-steps.ts";
import { findRunningGateway } from "#cli/running-gateway.ts";
import { foundLines, reviewLines, warningLines } from "#cli/init/review.ts";
import { surroundings } from "#cli/init/surroundings.ts";
import { askEverything, type Given } from "#cli/init/wizard.ts";
import { printJson, printLine, printNotice } from "#cli/output.ts";
import { GatewayError } from "#core/errors.ts";
import { writeConfigurationFile } from "#settings/change/write-file.ts";
import { canonicalKey } from "#settings/key-path.ts";
import { processInput } from "#settings/process-input.ts";

const text = (valueHint: string, description: string) => ({ type: "string", valueHint, description }) as const;

const args = {
  yes: { type: "boolean", description: "Ask nothing; write the defaults and the flags given" },
  force: { type: "boolean", description: "Rewrite existing files from the template" },
  port: text("number", "Port to listen on"),
  host: text("address", "Address to listen on"),
  "add-provider": text("name...", "openai, groq=VARIABLE, xai=file:///path, ..."),
  local: { type: "boolean", description: "Add local servers: Ollama, vLLM, LM Studio" },
  detect: { type: "boolean", description: "Look for keys and local servers (--no-detect)" },
  test: { type: "boolean", description: "Ask added providers for their models first" },
  email: text("address", "Address of the first root administrator"),
  "display-name": text("name", "Name shown at the Token Exchange"),
  "base-url": text("url", "The Token Exchange to talk to"),
  provider: { type: "boolean", description: "Offer capacity at the Token Exchange" },
  "publish-name": text("name", "Name of the offered service"),
  "model-family": text("name", "Model family of the offered service"),
  set: text("key=value...", "Any other key; may be repeated"),
  ...globalFlags,
} as const;

const keyOfFlag = {
  port: "gateway.port",
  host: "gateway.host",
  email: "email",
  "display-name": "display_name",
  "base-url": "base_url",
  "publish-name": "publish.name",
  "model-family": "publish.model_family",
  "log-level": "log_level",
} as const;

/** Leaving a question ends the command as SIGINT would. */
const cancelledExit = 130;

/** `tokligence init`: asks on a terminal, or takes flags; writes a configuration or edits the one that is there. */
export default defineCommand({
  meta: { description: "Write a configuration" },
  args,
  async run({ args: given, rawArgs }) {
    const values = valuesOfFlags(given, rawArgs);
    const problem = emailProblem(given.email ?? "");
    if (problem !== undefined) throw new GatewayError("usage", `--email takes ${problem}.`);
    const named = valuesOf(rawArgs, args, "add-provider");
    const plain = new Draft(processInput(given), values, given.force === true);
    const providers = [
      ...named.map((word) => providerOfFlag(word, plain)),
      ...(given.local === true ? await localProviders(surroundings) : []),
    ];
    const added = withProviders(plain, providers);
    const draft = given.profile === undefined ? added : withUsualRoutes(added);
    const isAsking = process.stdin.isTTY && process.stdout.isTTY && given.yes !== true && given.json !== true;
    const isTested = given.test === true && providers.length > 0;
    const names = providers.map(({ name }) => name);
    if (isTested) await testProviders(draft, names, surroundings);
    if (!isAsking) {
      if (given.json !== true) foundLines(providers).forEach(printLine);
      await writeUnasked(draft, given.yes === true, given.json === true);
      return 0;
    }
    return ask(draft, {
      keys: new Set(Object.keys(values)),
      providers: providers.length > 0,
      detects: given.detect !== false,
      tests: given.test,
    });
  },
});

function valuesOfFlags(given: object, rawArgs: readonly string[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [flag, key] of Object.entries(keyOfFlag)) {
    const value: unknown = Reflect.get(given, flag);
    if (typeof value === "string") values[key] = value;
  }
  const offers: unknown = Reflect.get(given, "provider");
  if (offers !== undefined) values["enable_provider"] = String(offers);
  const set = Object.entries(assignments(rawArgs, args)).map(([key, value]) => [canonicalKey(key), value] as const);
  return { ...values, ...Object.fromEntries(set) };
}

async function ask(draft: Draft, given: Given): Promise<number> {
  // Prompts cost a start more than all the rest of init.
  const { clackAsker, sayCancelled } = await import("#cli/init/clack-asker.ts");
  const asker = clackAsker();
  try {
    const agreed = await askEverything(asker, draft, given, surroundings);
    if (agreed === undefined) return 0;
    write(agreed);
    asker.end("Written.");
    await printNextSteps(agreed);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Cancelled)) throw thrown;
    sayCancelled("Nothing was written.");
    return cancelledExit;
  }
}

async function writeUnasked(draft: Draft, isAgreed: boolean, isJson: boolean): Promise<void> {
  const { plan, input } = draft;
  if (!isJson && (!isAgreed || plan.files.some(({ before }) => before !== undefined))) {
    reviewLines(plan).forEach(printLine);
  }
  if (!isAgreed && plan.files.length > 0) {
    throw new GatewayError("usage", "there is no terminal to ask on; add --yes to write this");
  }
  warningLines(draft).forEach(printNotice);
  write(draft);
  if (isJson) {
    printJson({ files: plan.files.map(({ path }) => path), serve: serveCommand(input) });
    return;
  }
  for (const { path } of plan.files) printLine(`Wrote ${path}`);
  if (plan.files.length === 0)
    printLine(`Nothing to change in ${plan.configDir}; --force rewrites it from the template.`);
  printLine("");
  await printNextSteps(draft);
}

async function printNextSteps({ input, plan: { loaded } }: Draft): Promise<void> {
  nextSteps(input, loaded, await findRunningGateway(loaded.settings)).forEach(printLine);
}

function write({ plan }: Draft): void {
  plan.files.flatMap((file) => writeConfigurationFile(file) ?? []).forEach(printNotice);
}
