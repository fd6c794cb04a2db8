import { z } from "zod";
import { type ErrorCode, errorTable, GatewayError } from "#core/errors.ts";

const problemSchema = z.object({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().optional(),
});

const timeoutMs = 30_000;

/** JSON over HTTP on a control socket. Answers are validated; problem documents become the `GatewayError` they name. */
export class ControlClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Rejects with the daemon's own error, or `unavailable` if nobody answers or the answer is not understood. */
  async send<Schema extends z.ZodType>(
    method: "GET" | "POST" | "PATCH",
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<z.output<Schema>> {
    const response = await this.#fetch(method, path, body);
    const document: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw problemError(response.status, document);
    const parsed = schema.safeParse(document);
    if (parsed.success) return parsed.data;
    throw new GatewayError("unavailable", "The daemon gave an answer this version does not understand.", {
      cause: parsed.error,
    });
  }

  async #fetch(method: string, path: string, body: unknown): Promise<Response> {
    try {
      return await fetch(`http://localhost${path}`, {
        method,
        unix: this.#socketPath,
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
    } catch (cause) {
      throw new GatewayError("unavailable", `No daemon answers at ${this.#socketPath}.`, { cause });
    }
  }
}

function problemError(status: number, document: unknown): GatewayError {
  const problem = problemSchema.safeParse(document);
  if (!problem.success) return new GatewayError("unavailable", `The daemon answered with status ${status}.`);
  const { code, detail, title } = problem.data;
  return new GatewayError(isErrorCode(code) ? code : "unavailable", detail ?? title ?? code);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
