import { expect, test } from "bun:test";
import { permissions } from "#core/identity/permission.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { createDoorMetrics } from "#http/door-metrics.ts";
import type { Route } from "#http/route.ts";
import { routeTable } from "#http/route-table.ts";
import { RunningCalls } from "#http/running-calls.ts";
import { type TestDoors, testDoors, testParts } from "#http/test-doors.ts";

const clock = new VirtualClock();
const table = routeTable({
  ...testParts({ clock, log: silentLog, meter: nullMeter }),
  metrics: createDoorMetrics(nullMeter),
  running: new RunningCalls(clock, 1),
});
/** Open to everybody, with what each answers a stranger who says nothing. */
const openPaths: Readonly<Record<string, number>> = {
  "/livez": 200,
  "/startupz": 200,
  "/readyz": 200,
  "/health": 200,
  "/": 200,
  "/api/hello": 200,
  "/api/v1/openapi.json": 200,
  "/api/v1/auth/login": 400,
  "/api/v1/auth/verify": 400,
};

const ask = (doors: TestDoors, { method, path }: Route, headers: Record<string, string>): Promise<Response> =>
  doors.send(path.replace(/:\w+(\{.*\})?/g, "x"), { method, headers });

test("every route names a permission, and only probes, greetings, logging in and the description are public", () => {
  expect(table.length).toBeGreaterThan(15);
  for (const route of table) {
    if (route.permission === "public") expect(Object.keys(openPaths)).toContain(route.path);
    else expect(permissions).toContain(route.permission);
  }
});

test("no method of a path is declared twice", () => {
  const names = table.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(names).size).toBe(names.length);
});

test.each(table.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "%s lets nobody in without its permission, and every answer carries a request id",
  async (_name, route) => {
    const doors = testDoors();
    const stranger = await ask(doors, route, {});
    expect(stranger.headers.get("x-request-id")).toMatch(/^req_/);
    if (route.permission === "public") {
      expect(stranger.status).toBe(openPaths[route.path] ?? 0);
      return;
    }
    expect(stranger.status).toBe(401);
    const response = await ask(doors, route, { authorization: "Bearer nearly" });
    expect(response.status).toBe(403);
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    const isChange = route.operation !== undefined && route.method !== "GET";
    expect(doors.asked).toEqual(isChange ? [`refused ${route.operation} to a key`] : []);
    expect(doors.gateway.calls).toEqual([]);
  },
);
