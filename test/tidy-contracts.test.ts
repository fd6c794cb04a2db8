/** What users rely on is written down: configuration keys, environment names, and who may use each route. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { permissions } from "#core/identity/permission.ts";
import type { DoorParts, Route } from "#http/route.ts";
import { routeTable } from "#http/route-table.ts";
import { fixedKeys, marketplaceKeys, modelKeys, providerKeys } from "#settings/known-keys.ts";
import { environmentAliases, environmentName } from "#settings/layers/environment-layer.ts";

const reference = (): string => readFileSync("docs/configuration.md", "utf8");

/** Routes are listed without being run, so anything will do for what their handlers would use. */
function listRoutes(): readonly Route[] {
  const anything: object = new Proxy(() => anything, { get: () => anything });
  return routeTable(anything as unknown as DoorParts);
}

test("every configuration key is on the reference page", () => {
  const page = reference();
  const keys = [fixedKeys, providerKeys, modelKeys, marketplaceKeys].flatMap((known) => [...known.keys()]);
  expect(keys.length).toBeGreaterThan(50);
  expect(keys.filter((key) => !page.includes(`${key}\``))).toEqual([]);
});

test("every environment name is on the reference page", () => {
  const page = reference();
  const names = [...[...fixedKeys.keys()].map(environmentName), ...environmentAliases.map(([name]) => name)];
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});

test("every route names a permission that exists, and only probes, logging in and the description are public", () => {
  const routes = listRoutes();
  const known = new Set<string>(permissions);
  const guarded = routes.filter((route) => route.permission !== "public");
  expect(guarded.filter((route) => !known.has(route.permission))).toEqual([]);
  const open = routes.filter((route) => route.permission === "public").map((route) => route.path);
  expect(open.toSorted()).toEqual([
    "/",
    "/api/hello",
    "/api/v1/auth/login",
    "/api/v1/auth/verify",
    "/api/v1/openapi.json",
    "/health",
    "/livez",
    "/readyz",
    "/startupz",
  ]);
});

test("no route stands in the table twice", () => {
  const names = listRoutes().map((route) => `${route.method} ${route.path}`);
  expect(names.length).toBe(new Set(names).size);
});
