import { expect, test } from "bun:test";
import type { Handlers } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";
import { testDoors } from "#http/test-doors.ts";

const key = { headers: { authorization: "Bearer good" } };

/** A chain of so many rows; `asked` collects after which rows it was asked for more. */
function doorsWithRows(count: number, asked: number[] = []) {
  const listLedgerRows: Handlers["listLedgerRows"] = async ({ after, limit }) => {
    asked.push(after);
    const length = Math.max(0, Math.min(limit, count - after));
    return { data: Array.from({ length }, (_, index) => ({ seq: after + index + 1, model: "=1+1" })) };
  };
  return testDoors({ handlers: { listLedgerRows } as never });
}

test("a chain is answered whole, in its order, as JSON Lines or CSV", async () => {
  const doors = doorsWithRows(2_500);
  const lines = await doors.send("/api/v1/ledger/export?format=jsonl", key);
  expect(lines.headers.get("content-type")).toStartWith("application/jsonl");
  expect(lines.headers.get("content-disposition")).toBe('attachment; filename="usage.jsonl"');
  const rows = (await lines.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { seq: number });
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
  const csv = await (await doors.send("/api/v1/ledger/export?format=csv&stream=usage", key)).text();
  expect(csv.trimEnd().split("\r\n")).toHaveLength(2_501);
  expect(csv).not.toContain(",=1+1");
});

test("pages are read as they are taken: whoever leaves has read no more than that", async () => {
  const asked: number[] = [];
  const response = await doorsWithRows(100_000, asked).send("/api/v1/ledger/export?format=jsonl", key);
  const reader = response.body?.getReader();
  for (let taken = 0; taken < 3; taken += 1) await reader?.read();
  await reader?.cancel();
  expect(asked.length).toBeLessThan(5);
});

test("a store that fails is an error of its own, not half a file", async () => {
  const listLedgerRows = () => Promise.reject(new GatewayError("storage_failed", "Disk."));
  const response = await testDoors({ handlers: { listLedgerRows } as never }).send("/api/v1/ledger/export", key);
  expect(response.status).toBe(503);
});

test("an unknown stream or format is refused by its name", async () => {
  for (const field of ["stream", "format"]) {
    const response = await testDoors().send(`/api/v1/ledger/export?${field}=x`, key);
    expect(await response.json()).toMatchObject({ code: "invalid_request", details: { field } });
  }
});
