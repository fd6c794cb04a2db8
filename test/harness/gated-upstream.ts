import { rawServer } from "./raw-server.ts";
import { chunk } from "./upstream-script.ts";

/** An upstream whose answers begin at once and end when told to. */
export interface GatedUpstream extends AsyncDisposable {
  /** Base URL with `/v1`. */
  readonly url: string;
  /** Requests read so far. */
  readonly calls: number;
  /** Ends every answer, those to come included. */
  open(): void;
}

const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
const frame = (content: string, finish: string | null): string =>
  `data: ${JSON.stringify(chunk({ content }, finish))}\n\n`;

/** Starts one; every answer is a stream of the words `begun` and ` ended`. */
export async function gatedUpstream(): Promise<GatedUpstream> {
  const gate = Promise.withResolvers<void>();
  const server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send(head + frame("begun", null));
    await gate.promise;
    await peer.send(`${frame(" ended", "stop")}data: [DONE]\n\n`);
    peer.end();
  });
  return {
    url: `${server.url}/v1`,
    get calls() {
      return server.requests.length;
    },
    open: () => gate.resolve(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
