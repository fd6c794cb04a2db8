import { expect, test } from "bun:test";
import type { UpstreamHttp, UpstreamRequest } from "#core/effects/upstream-http.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { callFindings } from "#configurations/doctor/calls.ts";
import { loadSettings } from "#settings/load.ts";

const keys = { FIRST: "sk-secret", SECOND: "sk-secret-2" };
const provider = "[provider.up]\ntype = openai-compatible\nbase_url = https://up.example/v1\n";
const twoKeys = "api_keys = ${FIRST}, ${SECOND}\n";

/** Answers with this status, and all keys in the message, those who show one of these keys; the others with a completion. */
function failing(status: number, ...refused: readonly string[]): UpstreamHttp {
  const message = { role: "assistant", content: "ok" };
  const completion = { id: "1", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, message }] };
  const error = { error: { message: `Not ${keys.FIRST}, not ${keys.SECOND}.` } };
  return {
    async send({ headers }: UpstreamRequest) {
      const isRefused = refused.some((key) => headers["authorization"] === `Bearer ${key}`);
      const bytes = new TextEncoder().encode(JSON.stringify(isRefused ? error : completion));
      return { status: isRefused ? status : 200, header: () => undefined, body: pieces(bytes) };
    },
  };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function called(ini: string, http: UpstreamHttp): Promise<readonly string[]> {
  const readFile = (path: string) => (path === "/c/dev/gateway.ini" ? provider + ini : undefined);
  const { settings } = loadSettings({ configDirFlag: "/c", flags: {}, environ: keys, home: "/home", readFile });
  const found = await callFindings(settings, ["up"], { http, clock: new VirtualClock() });
  return found.map(({ level, what }) => `${level} ${what}`);
}

test("a call that fails is a failure only where a route needs it and no other key is accepted", async () => {
  const route = "[routes]\nm = up\n";
  const line = (start: string): string => expect.stringContaining(start);
  const [first, second] = ["up (key 1)", "up (key 2)"];
  expect(await called(twoKeys + route, failing(401, keys.SECOND))).toEqual([
    line(`ok ${first} answered a call of m after `),
    line(`warn ${second} did not answer a call of m.`),
  ]);
  expect(await called(twoKeys + route, failing(401, keys.FIRST, keys.SECOND))).toEqual([
    line(`fail ${first} did not answer`),
    line(`fail ${second} did not answer`),
  ]);
  const unrouted = "api_key = ${FIRST}\nmodels = m\n[routes]\nx = loopback\n";
  expect(await called(unrouted, failing(401, keys.FIRST))).toEqual([line("warn up did not answer")]);
});

test("a server that says back what it was sent shows no key of the provider", async () => {
  const [, told] = await called(`${twoKeys}models = m\n`, failing(500, keys.SECOND));
  expect(told).toContain("Not [secret], not [secret].");
});
