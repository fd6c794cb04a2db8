import { expect, test } from "bun:test";
import { FakeConnection, type TestDoors, testDoors } from "#http/test-doors.ts";

/** Shows so many wrong keys from an address; the statuses that it is answered. */
async function tryKeys(doors: TestDoors, address: string, times = 121): Promise<ReadonlySet<number>> {
  const statuses = new Set<number>();
  for (let index = 0; index < times; index += 1) {
    const headers = { authorization: `Bearer bad${index}` };
    statuses.add((await doors.send("/v1/models", { headers }, new FakeConnection(address))).status);
  }
  return statuses;
}

test("F84 an address that is told to stop trying keys is written down once a minute, however long it goes on", async () => {
  const doors = testDoors();
  await tryKeys(doors, "192.0.2.1", 120);
  expect(doors.asked).toEqual([]);
  expect(await tryKeys(doors, "192.0.2.1", 300)).toEqual(new Set([429]));
  expect(doors.asked).toEqual(["refused keys from 192.0.2.1"]);
  doors.clock.advance(60_000);
  await tryKeys(doors, "192.0.2.1");
  expect(doors.asked).toHaveLength(2);
});

test("F84 many addresses leave at most sixty records a minute, one for a whole network of IPv6", async () => {
  const doors = testDoors();
  await tryKeys(doors, "2001:db8::1", 70);
  await tryKeys(doors, "2001:db8::2", 70);
  expect(doors.asked).toEqual(["refused keys from 20010db800000000"]);
  for (let host = 1; host <= 70; host += 1) await tryKeys(doors, `192.0.2.${host}`);
  expect(doors.asked).toHaveLength(60);
});

test("a refusal is written down with what its path names", async () => {
  const named: unknown[] = [];
  const auditRefusal = async (_caller: unknown, operation: string, parameters: object) => {
    named.push([operation, { ...parameters }]);
  };
  const doors = testDoors({ auditRefusal });
  const headers = { authorization: "Bearer caller" };
  await doors.send("/api/v1/teams/team_1/members/usr_1", { method: "DELETE", headers });
  await doors.send("/api/v1/time-rules/reload", { method: "POST", headers });
  expect(named).toEqual([
    ["removeTeamMember", { id: "team_1", user: "usr_1" }],
    ["reloadTimeRules", {}],
  ]);
});
