import type { CallableTool } from "#core/chat/request.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

const deepest = 8;

/** Arguments that fit a tool's schema well enough to be accepted: its required properties with plain values. */
export function exampleArguments({ parameters }: CallableTool): string {
  return JSON.stringify(exampleOf(parameters ?? {}, 0, true));
}

function exampleOf(schema: Readonly<Record<string, unknown>>, depth: number, top = false): unknown {
  const [choice] = listOf(schema["enum"]);
  if (choice !== undefined) return choice;
  if ("const" in schema) return schema["const"];
  const type = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"];
  if (top || type === "object") return exampleObject(schema, depth);
  switch (type) {
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" ? schema["minimum"] : 1;
    case "boolean":
      return true;
    case "array":
      return [];
    case "null":
      return null;
    default:
      return "loopback";
  }
}

function exampleObject(schema: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  const properties = recordOf(schema["properties"]) ?? {};
  const required = depth < deepest ? listOf(schema["required"]) : [];
  const pairs = required.flatMap((name): [string, unknown][] => {
    const key = textOf(name);
    return key === undefined ? [] : [[key, exampleOf(recordOf(properties[key]) ?? {}, depth + 1)]];
  });
  return Object.fromEntries(pairs);
}
