import { GatewayError } from "#core/errors.ts";
import { type Problem, placeOf } from "#settings/entry.ts";

/** The line a person reads: `file:line: key: what`. */
export function problemLine(problem: Problem): string {
  return problem.origin === undefined ? problem.text : `${placeOf(problem.origin)}: ${problem.text}`;
}

/** Throws one `config_invalid` that lists every problem, a line each; returns when there is none. */
export function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = [...new Set(problems.map(problemLine))];
  const head = lines.length === 1 ? "the configuration is invalid" : `the configuration has ${lines.length} problems`;
  throw new GatewayError("config_invalid", [`${head}:`, ...lines.map((line) => `  ${line}`)].join("\n"), {
    details: { problems: lines.length },
  });
}
