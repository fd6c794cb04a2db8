import { expect, setDefaultTimeout, test } from "bun:test";
import type { UsageLogView } from "#core/api/usage.ts";
import { chat, chatStream } from "../harness/client.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

// Processes are started again and again.
setDefaultTimeout(30_000);

async function bookedIds(gateway: GatewayProcess): Promise<string[]> {
  const { stdout, stderr } = await gateway.cli("usage", "logs", "--json", "--limit", "1000");
  if (stderr !== "") throw new Error(stderr);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as UsageLogView).request_id);
}

test("F72 whoever has seen the end of an answer finds its row, though the process is killed at that very moment", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram });
  const acknowledged: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    if (round > 0) await gateway.serve();
    const call = round % 2 === 0 ? chat : chatStream;
    const answer = await call(gateway, { model: "loopback" });
    const text = await answer.text();
    gateway.signal("SIGKILL");
    expect(text).toMatch(round % 2 === 0 ? /"usage"/ : /\[DONE\]/);
    acknowledged.push(answer.headers.get("x-request-id") ?? "");
    expect(await gateway.exited()).not.toBe(0);
  }
  expect((await bookedIds(gateway)).toReversed()).toEqual(acknowledged);
});

test("F72 with many calls at once, killed in the middle, no acknowledged row is lost and none is there twice", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram });
  const acknowledged: string[] = [];
  const enough = Promise.withResolvers<void>();
  const caller = async (): Promise<void> => {
    for (;;) {
      const answer = await chat(gateway, { model: "loopback" });
      await answer.text();
      acknowledged.push(answer.headers.get("x-request-id") ?? "");
      if (acknowledged.length === 200) enough.resolve();
    }
  };
  const callers = Promise.all(Array.from({ length: 16 }, () => caller().catch(() => undefined)));
  await Promise.race([enough.promise, callers]);
  await gateway.stop("SIGKILL");
  await callers;
  expect(acknowledged.length).toBeGreaterThanOrEqual(200);
  await gateway.serve();
  expect((await chat(gateway, { model: "loopback" })).status).toBe(200);
  const booked = await bookedIds(gateway);
  expect(new Set(booked).size).toBe(booked.length);
  expect(acknowledged.filter((id) => !booked.includes(id))).toEqual([]);
});
