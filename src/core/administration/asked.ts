import { operations, type Administration, type Handlers } from "#core/api/operations.ts";
import type { Caller } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";

/** The handlers as `caller` asks them: input is validated here, permission was looked at by whoever let the caller in. */
export function administrationFor(handlers: Handlers, caller: Caller): Administration {
  const asked = Object.entries(operations).map(([name, { input }]) => {
    const handle = handlers[name as keyof Handlers] as (input: unknown, caller: Caller) => Promise<unknown>;
    return [name, async (given: unknown) => handle(parseInput(input, given), caller)];
  });
  return Object.fromEntries(asked) as Administration;
}
