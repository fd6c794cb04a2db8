import { afterAll, beforeAll, beforeEach } from "bun:test";
import { FakeUpstream } from "./fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "./gateway.ts";
import type { UpstreamScript } from "./upstream-script.ts";

/** What all tests of a file share. */
export interface SharedGateway {
  readonly upstream: FakeUpstream;
  /** Running while tests run. */
  readonly gateway: GatewayUnderTest;
}

/** One gateway in front of one provider for a whole file; before each test calls are forgotten and `script` is set. */
export function sharedGateway(script?: UpstreamScript): SharedGateway {
  const upstream = new FakeUpstream();
  let running: GatewayUnderTest | undefined;
  beforeAll(async () => {
    running = await startGateway({ upstreams: { up: upstream } });
  });
  beforeEach(() => {
    upstream.calls.length = 0;
    if (script !== undefined) upstream.script(script);
  });
  afterAll(async () => {
    await running?.[Symbol.asyncDispose]();
    upstream.stop();
  });
  return {
    upstream,
    get gateway() {
      if (running === undefined) throw new Error("the gateway runs only while tests run");
      return running;
    },
  };
}
