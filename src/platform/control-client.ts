import { z } from "zod";
import type { Operation } from "#core/api/operation.ts";
import { type ErrorCode, errorTable, GatewayError } from "#core/errors.ts";
import { isControlPortFile } from "#platform/control-path.ts";
import { controlHeader, readControlPort } from "#platform/control-port.ts";
import { systemCode } from "#platform/system-code.ts";

const problemSchema = z.object({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

const usualTimeoutMs = 30_000;

/** The code of an answer that is not the daemon's: it has ended without a word, and somebody else got its port. */
export const foreignAnswer = "FOREIGN";

/** What a question may say beside its path. */
export interface ControlQuestion {
  readonly body?: unknown;
  /** How long the answer may take. */
  readonly timeoutMs?: number | undefined;
}

/** JSON over HTTP on a control socket, or at the port that a file tells of. Answers are validated; problem documents become the `GatewayError` they name. */
export class ControlClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Rejects with the daemon's own error, or `unavailable` if nobody answers or the answer is not understood. */
  async send<Schema extends z.ZodType>(
    method: Operation["method"],
    path: string,
    schema: Schema,
    question: ControlQuestion = {},
  ): Promise<z.output<Schema>> {
    const response = await this.#fetch(method, path, question);
    const document: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw problemError(response.status, document);
    const parsed = schema.safeParse(document);
    if (parsed.success) return parsed.data;
    throw new GatewayError("unavailable", "The daemon gave an answer this version does not understand.", {
      cause: parsed.error,
    });
  }

  async #fetch(method: string, path: string, question: ControlQuestion): Promise<Response> {
    const { body, timeoutMs = usualTimeoutMs } = question;
    try {
      const { origin, unix, token, proof } = this.#place();
      const response = await fetch(`${origin}${path}`, {
        method,
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...(token !== undefined && { [controlHeader]: token }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(unix !== undefined && { unix }),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (proof === undefined || response.headers.get(controlHeader) === proof) return response;
      throw Object.assign(new Error("Another program has the port."), { code: foreignAnswer });
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause;
      const isLate = cause instanceof DOMException && cause.name === "TimeoutError";
      const message = isLate
        ? `The daemon gave no answer within ${timeoutMs / 1000} s.`
        : `No daemon answers at ${this.#socketPath}.`;
      throw new GatewayError("unavailable", message, { cause });
    }
  }

  #place(): { origin: string; unix?: string; token?: string; proof?: string } {
    if (!isControlPortFile(this.#socketPath)) return { origin: "http://localhost", unix: this.#socketPath };
    const { port, pid, token, proof } = readControlPort(this.#socketPath);
    refuseEnded(pid);
    return { origin: `http://127.0.0.1:${port}`, token, proof };
  }
}

/** Throws what the system says of a process that is no more, `ESRCH`; one that is somebody else's is alive. */
function refuseEnded(pid: number): void {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if (systemCode(thrown) === "ESRCH") throw thrown;
  }
}

function problemError(status: number, document: unknown): GatewayError {
  const problem = problemSchema.safeParse(document);
  if (!problem.success) return new GatewayError("unavailable", `The daemon answered with status ${status}.`);
  const { code, detail, title, details = {} } = problem.data;
  return new GatewayError(isErrorCode(code) ? code : "unavailable", detail ?? title ?? code, { details });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
