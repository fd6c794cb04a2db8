import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { GatewayError } from "#core/errors.ts";
import { systemDigest, systemRandom } from "#platform/effects.ts";
import { answerInternalError } from "#platform/listener.ts";
import type { PrivateSocket } from "#platform/private-socket.ts";

const noticeSchema = z.strictObject({
  port: z.int(),
  /** Who listens. After a crash the file stays, and what connecting to its port does then differs from system to system. */
  pid: z.int().positive(),
  /** What a caller says to prove that it may read the file. */
  token: z.string().min(1),
  /** What the answer says to prove that it is no other program, which has got the port since. */
  proof: z.string().min(1),
});

/** What is read of a control port: where it is and what both sides must say. */
export type ControlPortNotice = z.infer<typeof noticeSchema>;

/** Header of the token in a request, and of the proof in its answer. */
export const controlHeader = "x-tokligence-control";

/**
 * Answers HTTP at a port of loopback to whoever may read the file at `path`, which tells of it. For systems whose sockets have no
 * place in the file system. Throws `unavailable` if the file cannot be written.
 */
export function openControlPort(
  path: string,
  maxRequestBodySize: number,
  answer: (request: Request) => Response | Promise<Response>,
): PrivateSocket {
  const [token, proof] = [secretText(), secretText()];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    maxRequestBodySize,
    async fetch(request, self) {
      // An export may think for longer than the runtime's idle timeout.
      self.timeout(request, 0);
      if (!isSame(request.headers.get(controlHeader) ?? "", token)) return new Response(null, { status: 403 });
      const response = await Promise.resolve(request).then(answer).catch(answerInternalError);
      response.headers.set(controlHeader, proof);
      return response;
    },
  });
  try {
    // Whoever finds the file finds the whole of it.
    const draft = `${path}.part`;
    // What lies there, a link or a file that others can read, is neither followed nor filled.
    rmSync(draft, { force: true });
    const notice = JSON.stringify({ port: server.port, pid: process.pid, token, proof });
    writeFileSync(draft, notice, { mode: 0o600, flag: "wx" });
    renameSync(draft, path);
  } catch (cause) {
    void server.stop(true);
    throw new GatewayError("unavailable", `Cannot write ${path}.`, { cause });
  }
  return {
    async stop(atOnce = false) {
      const isOwn = noticeAt(path)?.token === token;
      // First the file: nobody shall set out for a port that is closed when he arrives.
      if (isOwn) rmSync(path, { force: true });
      await server.stop(atOnce);
      return isOwn;
    },
  };
}

/** Reads the file that tells of a port. Throws as `node:fs` does where there is none, `unavailable` for one that is damaged. */
export function readControlPort(path: string): ControlPortNotice {
  try {
    return noticeSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) throw cause;
    throw new GatewayError("unavailable", `${path} is damaged; restart the gateway.`, { cause });
  }
}

function noticeAt(path: string): ControlPortNotice | undefined {
  try {
    return readControlPort(path);
  } catch {
    return undefined;
  }
}

const secretText = (): string => systemRandom.bytes(32).toHex();

function isSame(said: string, expected: string): boolean {
  const bytes = new TextEncoder();
  return systemDigest.equal(bytes.encode(said), bytes.encode(expected));
}
