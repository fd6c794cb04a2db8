import { z } from "zod";
import { errorTable } from "#core/errors.ts";
import { apiPath, type Operation, pathParameters } from "#core/api/operation.ts";

/** A door of `/api/v1` as it is described: an operation, or something like it that does more than answer JSON. */
export interface ApiDoor extends Omit<Operation, "permission"> {
  readonly permission: Operation["permission"] | "public";
  /** Media types of the answer; JSON of `output` unless said. */
  readonly media?: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

const problemMedia = "application/problem+json";

/** The OpenAPI 3.1 document of these doors, each under its name. Permissions stand in `x-permission`. */
export function openApiDocument(doors: Readonly<Record<string, ApiDoor>>, version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, door] of Object.entries(doors)) {
    const path = door.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [door.method.toLowerCase()]: operationObject(name, door) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Tokligence gateway", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: apiPath }],
    security: [{ bearer: [] }, { apiKey: [] }, { session: [] }],
    paths,
    components: { securitySchemes, schemas: { Problem: schemaOf(problemSchema, "output") } },
  };
}

function operationObject(name: string, door: ApiDoor): Json {
  const { method, permission, summary, status = 200 } = door;
  const { properties, required, ...rest } = inputSchema(door);
  const inPath = new Set(pathParameters(door));
  const others = Object.keys(properties).filter((field) => !inPath.has(field));
  const isQuery = method === "GET" || method === "DELETE";
  const parameters = [
    ...[...inPath].map((field) => parameterObject("path", field, properties[field], true)),
    ...(isQuery ? others : []).map((field) =>
      parameterObject("query", field, properties[field], required.includes(field)),
    ),
  ];
  const body = {
    ...rest,
    properties: Object.fromEntries(others.map((field) => [field, properties[field]])),
    ...(required.some((field) => !inPath.has(field)) && { required: required.filter((field) => !inPath.has(field)) }),
  };
  return {
    operationId: name,
    tags: [door.path.split("/")[1] ?? ""],
    summary,
    "x-permission": permission,
    ...(permission === "public" && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(!isQuery &&
      others.length > 0 && { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      [status]: { description: "As asked.", content: answerContent(door) },
      default: { description: "A problem (RFC 9457).", content: { [problemMedia]: { schema: problemReference } } },
    },
  };
}

function parameterObject(place: "path" | "query", name: string, schema: unknown, required: boolean): Json {
  return { name, in: place, required, schema };
}

function answerContent({ media = ["application/json"], output }: ApiDoor): Json {
  const schema = schemaOf(output, "output");
  return Object.fromEntries(media.map((type) => [type, { schema }]));
}

interface InputSchema extends Record<string, unknown> {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required: readonly string[];
}

function inputSchema({ input }: ApiDoor): InputSchema {
  const { properties, required, ...rest } = schemaOf(input, "input");
  return {
    ...rest,
    properties: (properties ?? {}) as InputSchema["properties"],
    required: (required ?? []) as InputSchema["required"],
  };
}

/** What JSON Schema cannot say, such as a condition across fields, is left to the server. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

const problemReference = { $ref: "#/components/schemas/Problem" };

/** What every refusal is answered with. */
const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(errorTable)),
  request_id: z.string(),
  retry_after_ms: z.number().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

const securitySchemes = {
  bearer: { type: "http", scheme: "bearer", description: "An API key of this gateway." },
  apiKey: { type: "apiKey", in: "header", name: "x-api-key", description: "The same key in a header of its own." },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "tokligence_session",
    description: "A session of `verifyLogin`; changing requests repeat its `csrf_token` in the header `x-csrf-token`.",
  },
};
