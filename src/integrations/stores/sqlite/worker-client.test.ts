import { expect, test } from "bun:test";
import type { GatewayError } from "#core/errors.ts";
import { WorkerClient } from "#integrations/stores/sqlite/worker-client.ts";

type EchoCalls = { readonly echo: (value: unknown) => unknown; readonly die: () => void };

/** A thread that answers `echo` and ends itself at `die`. */
const source = `self.onmessage = ({ data: { id, method, args } }) => {
  if (method === "die") process.exit(1);
  self.postMessage({ id, ok: true, value: args[0] });
};`;

function echoThread(onCrash: (error: GatewayError) => void): WorkerClient<EchoCalls> {
  return new WorkerClient<EchoCalls>(onCrash, URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("big integers, bytes and undefined cross to the thread and back, answers in the order of the calls", async () => {
  const client = echoThread(() => {});
  const values = [2n ** 62n, new Uint8Array([1, 2]), undefined, { nested: [1.5, "text"] }];
  const answered: unknown[] = [];
  await Promise.all(values.map((value) => client.call("echo", value).then((answer) => answered.push(answer))));
  client.terminate();
  expect(answered).toEqual(values);
});

test("a thread that dies rejects every waiter and every later call, and says so once", async () => {
  const crashes: GatewayError[] = [];
  const client = echoThread((error) => crashes.push(error));
  await client.call("echo", 1);
  const failures = await Promise.all([failureOf(client.call("die")), failureOf(client.call("echo", 2))]);
  failures.push(await failureOf(client.call("echo", 3)));
  const expected = { code: "storage_failed", details: { reason: "io" } };
  for (const failure of failures) expect(failure).toMatchObject(expected);
  expect(crashes).toMatchObject([expected]);
});

test("ending a thread rejects whoever waits and is no crash", async () => {
  const crashes: GatewayError[] = [];
  const client = echoThread((error) => crashes.push(error));
  await client.call("echo", 1);
  const waiting = failureOf(client.call("echo", 2));
  client.terminate();
  expect(await waiting).toMatchObject({ code: "storage_failed", details: { reason: "closed" } });
  expect(crashes).toEqual([]);
});
