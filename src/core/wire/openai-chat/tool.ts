import type { Tool, ToolChoice } from "#core/chat/request.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

/** The tools that have a name of their own; a vendor's hosted ones travel in the bytes alone. */
export function decodeTools(value: unknown): readonly Tool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refuseField("tools", "must be a list");
  return value.flatMap((entry: unknown, index): Tool[] => {
    const tool = recordOf(entry);
    if (tool === undefined) throw refuseField(`tools[${index}]`, "must be an object");
    const declared = recordOf(tool["function"]) ?? recordOf(tool["custom"]);
    const name = textOf(declared?.["name"]);
    if (declared === undefined || name === undefined) return [];
    const description = textOf(declared["description"]);
    const parameters = recordOf(declared["parameters"]);
    return [
      {
        name,
        ...(description === undefined ? {} : { description }),
        ...(parameters === undefined ? {} : { parameters }),
      },
    ];
  });
}

/** Which tool the model may or must call; `auto` for forms that only the provider knows. */
export function decodeToolChoice(value: unknown): ToolChoice {
  if (value === "none" || value === "required") return { type: value };
  const choice = recordOf(value);
  const name = textOf((recordOf(choice?.["function"]) ?? recordOf(choice?.["custom"]))?.["name"]);
  return name === undefined ? { type: "auto" } : { type: "tool", name };
}
