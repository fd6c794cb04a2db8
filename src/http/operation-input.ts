import type { Operation } from "#core/api/operation.ts";
import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import { queryValues } from "#http/query-values.ts";
import { type BodyLimits, readJson } from "#http/request-body.ts";
import type { Visit } from "#http/visit.ts";

/**
 * The one input of an operation, still to be validated: fields of its path, beside those of the query string (GET, DELETE)
 * or of the JSON body. Throws `invalid_request` for a field that stands in the path and is said again, `not_found` for
 * broken escapes in the path, and what `readJson` throws.
 */
export async function operationInput(
  { method }: Pick<Operation, "method">,
  { request, target, parameters }: Visit,
  limits: BodyLimits,
  clock: Clock,
): Promise<Record<string, unknown>> {
  const fromQuery = method === "GET" || method === "DELETE";
  const said = fromQuery ? queryValues(target.query) : await bodyOf(request, limits, clock);
  const input: Record<string, unknown> = { ...said };
  for (const [field, text] of Object.entries(parameters)) {
    if (Object.hasOwn(said, field)) {
      throw new GatewayError("invalid_request", `\`${field}\` stands in the path and is not said again.`, {
        details: { field },
      });
    }
    input[field] = decodeParameter(text);
  }
  return input;
}

/** An operation without anything to say may be asked without a body. */
async function bodyOf(request: Request, limits: BodyLimits, clock: Clock): Promise<Readonly<Record<string, unknown>>> {
  return request.body === null ? {} : (await readJson(request, limits, clock)).value;
}

function decodeParameter(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GatewayError("not_found", "There is nothing at this path.");
  }
}
