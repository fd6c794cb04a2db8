import type { SourceFile } from "./sources.ts";

const exportLine =
  /^export (?:default )?(?:async |abstract |declare )*(?:function\*?|class|const|let|interface|type) (\w+)/;

/** A type taken from a schema or table says nothing that this does not say already. */
const derivedType = /= \(?(?:z\.(?:infer|input|output)<typeof|typeof|keyof typeof) /;

/** `path: name` of each export without a doc comment right above it; overloads of one function share one. */
export function undocumentedExports(file: SourceFile): string[] {
  const documented = new Set<string>();
  const found = new Set<string>();
  let above = "";
  for (const line of file.text.split("\n")) {
    const name = exportLine.exec(line)?.[1];
    if (name !== undefined && !derivedType.test(line)) {
      found.add(name);
      if (above.trimEnd().endsWith("*/")) documented.add(name);
    }
    above = line;
  }
  return [...found.difference(documented)].map((name) => `${file.path}: ${name}`);
}
