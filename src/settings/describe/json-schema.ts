import { z } from "zod";
import { configurationSchema } from "#settings/schema/configuration.ts";
import { keyFacts } from "#settings/schema/key.ts";

/** JSON Schema (draft 2020-12) of config.yaml, with description, unit, default and what a key awaits. */
export function configurationJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configurationSchema, {
    metadata: keyFacts,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      const node: Record<string, unknown> = jsonSchema;
      // What a section has by default need not be written, so nothing is required.
      delete node.required;
      if (node.handling === "secret") node.type = "string";
      if (node.handling === "secrets") Object.assign(node, { type: "array", items: { type: "string" } });
      for (const own of ["expects", "quotable", "handling"]) delete node[own];
    },
  });
  return { title: "Tokligence configuration", ...schema };
}
