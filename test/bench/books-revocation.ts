import type { BooksGateway } from "./books-gateway.ts";
import type { Caller } from "./books-filled.ts";
import { chatRequest, RawConnection } from "#platform/bench/raw-connection.ts";
import type { Row } from "./report.ts";

const connections = 16;
const warmUpMs = 300;
const longestMs = 10_000;

/** So many of the callers, the last, are revoked: nobody else may need their keys. */
export const revocable = 20;

/**
 * How long a key still gets in: from the moment at which the command to revoke it is begun (or the request sent) until its
 * last request is written that is let in, while it is asked with on many connections. The longest of ten each.
 */
export async function revocation(gateway: BooksGateway): Promise<Row[]> {
  const callers = gateway.callers.slice(-revocable);
  const spans = { cli: 0, rest: 0 };
  for (const [index, caller] of callers.entries()) {
    const way = index % 2 === 0 ? "cli" : "rest";
    spans[way] = Math.max(spans[way], await letInFor(gateway, caller, way === "cli" ? byCommand : byRequest));
  }
  const bar = { atMost: 1_000 };
  const of = `longest of ${revocable / 2}`;
  return [
    { what: `key revoked by command -> refused, ${of}`, unit: "ms", gateway: spans.cli, bar },
    { what: `key revoked by REST -> refused, ${of}`, unit: "ms", gateway: spans.rest, bar },
  ];
}

type Revoke = (gateway: BooksGateway, caller: Caller) => Promise<void>;

const byCommand: Revoke = async ({ process }, { id }) => {
  const { exitCode, stderr } = await process.cli("apikey", "revoke", id);
  if (exitCode !== 0) throw new Error(stderr);
};

const byRequest: Revoke = async ({ process, adminKey }, { id }) => {
  const headers = { authorization: `Bearer ${adminKey}` };
  const answer = await fetch(`${process.url}/api/v1/keys/${id}`, { method: "DELETE", headers });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
};

async function letInFor(gateway: BooksGateway, caller: Caller, revoke: Revoke): Promise<number> {
  const asking = new Asking();
  const asked = Promise.all(Array.from({ length: connections }, () => asking.begin(gateway.process.port, caller.text)));
  await Bun.sleep(warmUpMs);
  if (asking.lastLetInAtMs === 0) throw new Error("No request was let in before the key was revoked.");
  const startedAtMs = performance.now();
  await revoke(gateway, caller);
  await asked;
  return Math.max(0, asking.lastLetInAtMs - startedAtMs);
}

/** Connections that ask again and again with one key, each until it is refused. */
class Asking {
  /** When the newest request was written that was let in; 0 before any was. */
  lastLetInAtMs = 0;

  async begin(port: number, key: string): Promise<void> {
    const { promise: refused, resolve, reject } = Promise.withResolvers<void>();
    const request = Buffer.from(chatRequest(key));
    const endMs = performance.now() + longestMs;
    let sentAtMs = 0;
    const send = (): void => {
      sentAtMs = performance.now();
      if (sentAtMs > endMs) reject(new Error("The key was never refused."));
      else connection.send(request);
    };
    const connection = await RawConnection.open(port, {
      onDone: (status) => {
        // 429 once many keys of this address were not accepted; a good key never gets it here.
        if (status === 401 || status === 429) return resolve();
        if (status !== 200) return reject(new Error(`Answered with ${status}.`));
        this.lastLetInAtMs = Math.max(this.lastLetInAtMs, sentAtMs);
        send();
      },
      onBroken: () => reject(new Error("The connection broke.")),
    });
    send();
    try {
      await refused;
    } finally {
      connection.close();
    }
  }
}
