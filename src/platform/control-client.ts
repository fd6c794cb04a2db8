import { z } from "zod";
import type { Operation } from "#core/api/operation.ts";
import { type ErrorCode, errorTable, GatewayError } from "#core/errors.ts";
import { askDirectly, type DirectQuestion } from "#platform/ask-directly.ts";
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
    const signal = AbortSignal.timeout(timeoutMs);
    const asked = {
      method,
      signal,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    try {
      if (isControlPortFile(this.#socketPath)) return await askPort(this.#socketPath, path, asked);
      return await fetch(`http://localhost${path}`, { ...asked, redirect: "manual", unix: this.#socketPath });
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause;
      const message = signal.aborted
        ? `The daemon gave no answer within ${timeoutMs / 1000} s.`
        : `No daemon answers at ${this.#socketPath}.`;
      throw new GatewayError("unavailable", message, { cause });
    }
  }
}

async function askPort(file: string, path: string, asked: DirectQuestion): Promise<Response> {
  const { port, pid, token, proof } = readControlPort(file);
  refuseEnded(pid);
  const headers = { ...asked.headers, [controlHeader]: token };
  const response = await askDirectly(`http://127.0.0.1:${port}${path}`, { ...asked, headers });
  if (response.headers.get(controlHeader) === proof) return response;
  // Left unread it would keep the process alive.
  await response.body?.cancel();
  throw Object.assign(new Error("Another program has the port."), { code: foreignAnswer });
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
