import { apiPath, type Operation, pathParameters } from "#core/api/operation.ts";
import { type Administration, type OperationName, operations } from "#core/api/operations.ts";
import { ControlClient } from "#platform/control-client.ts";

const usualTimeoutMs = 30_000;
const longTimeoutMs = 3_600_000;
/** What reads or writes the whole store. */
const longOperations: ReadonlySet<string> = new Set<OperationName>([
  "verifyLedger",
  "exportArchive",
  "importArchive",
  "backup",
]);

/**
 * What an operator can do, asked of a running daemon through its control socket, as root. Errors are the daemon's own, or
 * `unavailable` if nobody answers or the answer is not understood.
 */
export function remoteAdministration(socketPath: string): Administration {
  const client = new ControlClient(socketPath);
  const asked = Object.entries(operations).map(([name, operation]) => {
    const timeoutMs = longOperations.has(name) ? longTimeoutMs : usualTimeoutMs;
    return [name, (input: object) => ask(client, operation, { ...input }, timeoutMs)];
  });
  return Object.fromEntries(asked) as Administration;
}

function ask(
  client: ControlClient,
  operation: Operation,
  input: Record<string, unknown>,
  timeoutMs: number,
): Promise<unknown> {
  const { method, output } = operation;
  let path = operation.path;
  for (const name of pathParameters(operation)) {
    path = path.replace(`:${name}`, () => encodeURIComponent(String(input[name])));
    delete input[name];
  }
  const isQuery = method === "GET" || method === "DELETE";
  const target = `${apiPath}${path}${isQuery ? queryOf(input) : ""}`;
  return client.send(method, target, output, { timeoutMs, ...(isQuery ? {} : { body: input }) });
}

function queryOf(values: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters}`;
}
