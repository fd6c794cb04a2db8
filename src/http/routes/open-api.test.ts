import { expect, test } from "bun:test";
import Ajv from "ajv/dist/2020.js";
import { z } from "zod";
import { apiDoors } from "#core/api/api-doors.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { createDoorMetrics } from "#http/door-metrics.ts";
import { routeTable } from "#http/route-table.ts";
import { RunningCalls } from "#http/running-calls.ts";
import { testDoors, testParts } from "#http/test-doors.ts";

const schema = z.record(z.string(), z.unknown());
const media = z.record(z.string(), z.strictObject({ schema }));

/** The part of OpenAPI 3.1 that the document uses, nothing beside it. */
const operationShape = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z]+$/),
  tags: z.array(z.string().min(1)).length(1),
  summary: z.string().min(5),
  "x-permission": z.string(),
  security: z.array(z.never()).optional(),
  parameters: z
    .array(z.strictObject({ name: z.string(), in: z.enum(["path", "query"]), required: z.boolean(), schema }))
    .optional(),
  requestBody: z.strictObject({ required: z.literal(true), content: media }).optional(),
  responses: z.record(z.string(), z.strictObject({ description: z.string(), content: media })),
});
const documentShape = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(z.strictObject({ url: z.literal("/api/v1") })),
  security: z.array(z.record(z.string(), z.array(z.never()))),
  paths: z.record(
    z.string().startsWith("/"),
    z.record(z.enum(["get", "post", "put", "patch", "delete"]), operationShape.optional()),
  ),
  components: z.strictObject({ securitySchemes: z.record(z.string(), schema), schemas: z.record(z.string(), schema) }),
});

const response = await testDoors().send("/api/v1/openapi.json");
const document = documentShape.parse(await response.json());
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, its]) => (its === undefined ? [] : [{ path, method, its }])),
);

test("anybody may read the description, which has the shape of OpenAPI 3.1", () => {
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(document.info.version).toBe("1.2.3");
});

test("every route below /api/v1 is described with its permission, and nothing else is", () => {
  const parts = testParts();
  const running = new RunningCalls(parts.clock, 1);
  const routes = routeTable({ ...parts, metrics: createDoorMetrics(nullMeter), running })
    .filter(({ path }) => path.startsWith("/api/v1/"))
    .map(({ method, path, permission }) => `${method} ${path.slice("/api/v1".length)} ${permission}`);
  const told = described.map(
    ({ path, method, its }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")} ${its["x-permission"]}`,
  );
  expect(told.toSorted()).toEqual(routes.toSorted());
  expect(told).toHaveLength(Object.keys(apiDoors).length);
});

test("operations are named once, by the names of the table", () => {
  expect(described.map(({ its }) => its.operationId).toSorted()).toEqual(Object.keys(apiDoors).toSorted());
});

test("parameters of a path are all said, and only what reads takes a query, only what changes a body", () => {
  for (const { path, method, its } of described) {
    const inPath = (its.parameters ?? []).filter((parameter) => parameter.in === "path").map(({ name }) => name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name));
    if (method === "get" || method === "delete") expect(its.requestBody).toBeUndefined();
    else expect((its.parameters ?? []).every((parameter) => parameter.in === "path")).toBe(true);
  }
});

test("every schema is one of JSON Schema 2020-12, and bodies take no unknown field (F95)", () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const contents = described.flatMap(({ its }) => [
    ...Object.values(its.requestBody?.content ?? {}),
    ...Object.values(its.responses).flatMap(({ content }) => Object.values(content)),
    ...(its.parameters ?? []),
  ]);
  for (const { schema: one } of contents) {
    if ("$ref" in one) expect(one["$ref"]).toBe("#/components/schemas/Problem");
    else expect(ajv.validateSchema(one)).toBe(true);
  }
  for (const { its } of described) {
    const body = its.requestBody?.content["application/json"]?.schema;
    if (body !== undefined) expect(body["additionalProperties"]).toBe(false);
  }
});

test("problems look as the document says", async () => {
  const validate = new Ajv({ strict: false }).compile(document.components.schemas["Problem"] ?? {});
  const refusal = await testDoors().send("/api/v1/users/u", { headers: { authorization: "Bearer good" } });
  expect(validate(await refusal.json())).toBe(true);
});
