import { expect, test } from "bun:test";
import { chatBody } from "../harness/chat-text.ts";
import { chat } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { startGateway } from "../harness/gateway.ts";
import { residentMebibytes } from "../harness/process-memory.ts";
import { RawClient, rawChat } from "../harness/raw-client.ts";
import { SlowClients } from "../harness/slow-client.ts";

const body = JSON.stringify(chatBody());
/** Time to cut off whoever dawdles: ten seconds, looked at every four, and a slow machine. */
const deadlineMs = 30_000;

test("F10 F11 F21 a thousand that send their headers byte by byte and two thousand that say nothing are cut off; a known caller may take longer over its body, and between calls", async () => {
  using upstream = new FakeUpstream();
  await using gateway = await startGateway({ upstreams: { up: upstream } });
  const host = new URL(gateway.url).host;
  const begin = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\nx-slow: `;
  const before = residentMebibytes(gateway.pid);
  using silent = await SlowClients.connect(gateway.url, 2_000, { begin: "", drop: "", everyMs: deadlineMs });
  using slow = await SlowClients.connect(gateway.url, 1_000, { begin, drop: "a", everyMs: 1_000 });
  const request = rawChat(gateway.url, body);
  using resting = await RawClient.connect(gateway.url);
  await resting.send(request);
  expect((await resting.answer()).status).toBe(200);
  using honest = await RawClient.connect(gateway.url);
  await honest.send(request.slice(0, -body.length));
  let sent = 0;
  let served = 0;
  const ended = slow.ended(deadlineMs);
  while (slow.open > 0) {
    const answer = await chat(gateway);
    expect([answer.status, (await answer.json()) !== undefined]).toEqual([200, true]);
    served += 1;
    // A byte at a time, with the last of it kept until everybody else has been cut off.
    if (sent < body.length - 1) {
      await honest.send(body.slice(sent, sent + 1));
      sent += 1;
    }
    await Bun.sleep(100);
    if (served * 100 > deadlineMs) break;
  }
  await ended;
  await silent.ended(deadlineMs);
  expect(residentMebibytes(gateway.pid) - before).toBeLessThan(150);
  expect([slow.open, slow.received, honest.closed, resting.closed]).toEqual([0, 0, false, false]);
  await honest.send(body.slice(sent));
  expect((await honest.answer()).status).toBe(200);
  expect(served).toBeGreaterThan(10);
  expect(upstream.calls).toHaveLength(served + 2);
}, 60_000);
