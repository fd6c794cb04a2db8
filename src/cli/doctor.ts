import { defineCommand } from "citty";
import { withChoosingFlags } from "#cli/choosing-flags.ts";
import { doctorText } from "#cli/doctor-text.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { examine } from "#configurations/doctor/examine.ts";
import { exitCodeOf, type Finding } from "#core/doctor/finding.ts";
import { GatewayError } from "#core/errors.ts";
import type { ProviderCheck } from "#core/routing/provider-check.ts";
import { processInput } from "#settings/process-input.ts";

/** `tokligence doctor`: exits as `serve` would, 0 when it would start and work. */
export default defineCommand({
  meta: { description: "Look at everything that serve needs and say what is wrong, and how to put it right" },
  args: {
    provider: {
      type: "positional",
      required: false,
      valueHint: "provider...",
      description: "Ask these providers alone for their models",
    },
    offline: { type: "boolean", description: "Ask nobody; otherwise providers are asked for their models" },
    call: { type: "boolean", description: "Ask each provider one short question, which may cost a little" },
    ...globalFlags,
  },
  async run({ args }) {
    if (args.offline === true && args.call === true)
      throw new GatewayError("usage", "--call asks, --offline does not.");
    const wishes = { offline: args.offline === true, call: args.call === true, providers: args._ };
    const { findings: found, providers } = await examine(processInput(args), wishes);
    const findings = found.map((finding) =>
      finding.level === "ok" ? finding : { ...finding, fix: withChoosingFlags(finding.fix, args) },
    );
    const exitCode = exitCodeOf(findings);
    if (args.json)
      printJson({ exit_code: exitCode, findings: findings.map(findingView), providers: providers.map(providerView) });
    else printLine(doctorText(findings));
    return exitCode;
  },
});

function providerView({ clockAheadMs, ...check }: ProviderCheck): object {
  return { ...check, ...(clockAheadMs !== undefined && { clock_ahead_ms: clockAheadMs }) };
}

/** The code of an error is a matter of the exit code alone. */
function findingView(finding: Finding): object {
  const { level, check, what } = finding;
  return { level, check, what, ...(finding.level === "ok" ? {} : { fix: finding.fix }) };
}
