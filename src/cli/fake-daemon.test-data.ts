import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";

/** How a command ended. */
interface Ended {
  readonly out: string;
  readonly error: string;
  readonly code: number;
}

/** A daemon that answers as it is told, and the commands of its data directory. */
export class FakeDaemon implements AsyncDisposable {
  readonly configDir: string = mkdtempSync(join(tmpdir(), "cli-"));
  /** `METHOD PATH?QUERY BODY` of every request. */
  readonly asked: string[] = [];
  /** By `METHOD PATH`; anything else is not found. */
  readonly answers: Record<string, () => Response | Promise<Response>> = {
    "GET /api/v1/status": () => Response.json({ version: "1.2.3" }),
  };
  readonly #socket: ControlSocket = openControlSocket({
    dataDir: this.configDir,
    app: { fetch: (request: Request) => this.#answer(request) },
  });

  /** Parameters of the query string of the request that is being answered. */
  get query(): URLSearchParams {
    return new URL(this.asked.at(-1)?.split(" ")[1] ?? "", "http://daemon").searchParams;
  }

  /** Runs a command beside it. */
  async tokligence(...words: string[]): Promise<Ended> {
    const program = [process.execPath, join(import.meta.dir, "../main.ts")];
    const child = Bun.spawn([...program, ...words, "--config-dir", this.configDir], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH, HOME: this.configDir },
    });
    return { out: await child.stdout.text(), error: await child.stderr.text(), code: await child.exited };
  }

  async stop(): Promise<void> {
    await this.#socket.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.configDir, { recursive: true });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const route = `${request.method} ${pathname}`;
    this.asked.push(`${route}${search} ${await request.text()}`.trim());
    const none = (): Response => Response.json({ code: "not_found", detail: "Nobody is called so." }, { status: 404 });
    return (this.answers[route] ?? none)();
  }
}
