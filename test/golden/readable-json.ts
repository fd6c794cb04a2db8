const widestLine = 150;

/** JSON for people to read: what fits on a line stands on one, everything else is one member a line. Members keep their order. */
export function readableJson(value: unknown, indent: string = ""): string {
  const line = JSON.stringify(value);
  if (line.length + indent.length <= widestLine || typeof value !== "object" || value === null) return line;
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((item: unknown) => readableJson(item, inner))
    : Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${readableJson(member, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${members.map((member) => inner + member).join(",\n")}\n${indent}${close}`;
}
