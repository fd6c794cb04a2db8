import { GatewayError, toGatewayError } from "#core/errors.ts";

/** How a command that failed tells it: one line for standard error, and the exit code of the error table. */
export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

/** `tokligence: reason`; with `debug`, every cause with its stack below. */
export function describeFailure(thrown: unknown, debug: boolean): Failure {
  const error = toGatewayError(thrown);
  const reason = thrown instanceof GatewayError ? error.message : `internal error: ${messageOf(thrown)}`;
  const text = `tokligence: ${reason}`;
  return { text: debug ? [text, ...stacks(thrown)].join("\n") : text, exitCode: error.exitCode };
}

function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.split("\n", 1)[0] ?? "";
}

function stacks(thrown: unknown): string[] {
  const found: string[] = [];
  for (let error = thrown; error instanceof Error && found.length < 5; error = error.cause) {
    found.push(error.stack ?? error.message);
  }
  return found;
}
