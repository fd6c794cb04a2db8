import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pureDigest } from "#core/effects/pure-digest.ts";
import type { EventId } from "#core/effects/ids.ts";
import type { UpstreamHttp, UpstreamRequest } from "#core/effects/upstream-http.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { Delivery } from "#core/hooks/hook-receiver.ts";
import { Secret } from "#core/secret.ts";
import { createScript } from "#integrations/hooks/script.ts";
import { createWebhook } from "#integrations/hooks/webhook.ts";
import { eventually } from "../../../test/harness/eventually.ts";
import { rejectionOf } from "../../../test/harness/rejection-of.ts";

const delivery: Delivery = {
  id: "evt_1" as EventId,
  type: "gateway.user.updated",
  body: '{"id":"evt_1","name":"Ädä"}',
};
const never = new AbortController().signal;
const directory = mkdtempSync(join(tmpdir(), "tokligence-hooks-"));

afterEach(() => {
  rmSync(join(directory, "said"), { force: true });
});

function script(text: string, ...more: string[]) {
  const path = join(directory, `${Bun.hash(text)}.sh`);
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o700 });
  return createScript([path, ...more]);
}

const said = (): string => readFileSync(join(directory, "said"), "utf8");

test("a script gets the event on standard input and its arguments as they are, without a shell", async () => {
  await script(`cat > ${directory}/said; printf '%s' "$1" >> ${directory}/said`, "$(id); *").tell(delivery, never);
  expect(said()).toBe(`${delivery.body}$(id); *`);
});

test("a script sees nothing of the gateway's environment but where programs are", async () => {
  process.env.TOKLIGENCE_TEST_SECRET = "canary";
  await script(`env > ${directory}/said`).tell(delivery, never);
  delete process.env.TOKLIGENCE_TEST_SECRET;
  expect(said()).toContain("PATH=");
  expect(said()).not.toContain("canary");
});

test("an exit code other than 0, and a script that is not there, refuse the event", async () => {
  expect(await rejectionOf(script("exit 3").tell(delivery, never))).toMatchObject({
    message: "The hook script ended with exit code 3.",
  });
  expect(await rejectionOf(createScript([join(directory, "none")]).tell(delivery, never))).toMatchObject({
    code: "unavailable",
  });
});

test("a script that takes no notice of its event is no trouble", async () => {
  const large = { ...delivery, body: "x".repeat(1_000_000) };
  await script("exit 0").tell(large, never);
});

test("a script that is out of time is killed, and what it started with it", async () => {
  const late = new AbortController();
  const text = `sh -c 'echo $$ > ${directory}/said; exec sleep 60'`;
  const telling = script(text).tell(delivery, late.signal);
  await eventually("the script runs", () => existsSync(join(directory, "said")) && said().endsWith("\n"));
  late.abort(new Error("late"));
  expect(await rejectionOf(telling)).toMatchObject({ message: "late" });
  const child = Number(said());
  await eventually("the child is dead", () => !isAlive(child));
});

function isAlive(pid: number): boolean {
  try {
    // A killed process that nobody has reaped yet is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A webhook, and the requests that it makes of an HTTP that answers with `status`. */
function webhook(status: number) {
  const requests: UpstreamRequest[] = [];
  const http: UpstreamHttp = {
    async send(request) {
      requests.push(request);
      return { status, header: () => undefined, body: nothing() };
    },
  };
  const secret = new Secret("shared");
  const clock = new VirtualClock();
  const url = "http://127.0.0.1:9/hook";
  return { requests, hook: createWebhook({ url, secret, timeoutMs: 10_000, http, digest: pureDigest, clock }) };
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

test("a webhook is posted the event with its type, its id, the time and a signature over time and body", async () => {
  const { hook, requests } = webhook(204);
  await hook.tell(delivery, never);
  const [request] = requests;
  expect(request).toMatchObject({ method: "POST", url: "http://127.0.0.1:9/hook" });
  expect(new TextDecoder().decode(request?.body)).toBe(delivery.body);
  const mac = new Bun.CryptoHasher("sha256", "shared").update(`1767225600.${delivery.body}`).digest("hex");
  expect(request?.headers).toEqual({
    "content-type": "application/json",
    "x-tokligence-event": "gateway.user.updated",
    "x-tokligence-delivery": "evt_1",
    "x-tokligence-timestamp": "1767225600",
    "x-tokligence-signature": `v1=${mac}`,
  });
});

test("only a 2xx takes the event: errors and redirects do not", async () => {
  for (const status of [200, 201, 299]) await webhook(status).hook.tell(delivery, never);
  for (const status of [301, 307, 400, 404, 410, 500, 503]) {
    expect(await rejectionOf(webhook(status).hook.tell(delivery, never))).toMatchObject({
      message: `The webhook answered with status ${status}.`,
    });
  }
});
