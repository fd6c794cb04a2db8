import type { IncomingMessage } from "node:http";

/** A question to a port of this machine. */
export interface DirectQuestion {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * Asks whoever listens there, and nobody between: `fetch` tells a proxy of the environment even what is for loopback. Resolves
 * with the head; rejects as `node:http` does.
 */
export async function askDirectly(url: string, { body, ...options }: DirectQuestion): Promise<Response> {
  // They take time to load, and most systems have sockets.
  const [{ request }, { Readable }] = await Promise.all([import("node:http"), import("node:stream")]);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request(url, { ...options, agent: false }, resolve);
  asked.on("error", reject);
  asked.end(body);
  const answer = await promise;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(answer.headersDistinct))
    for (const value of values) headers.append(name, value);
  return new Response(Readable.toWeb(answer), { status: answer.statusCode ?? 500, headers });
}
