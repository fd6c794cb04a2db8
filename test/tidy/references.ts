import { posix } from "node:path";
import type { SourceFile } from "./sources.ts";

/** Whatever way it is written (import, import type, dynamic import, worker URL), a file is named with its extension. */
const filePattern = /["'`]((?:\.{1,2}\/|#|src\/)[^"'`\s]+\.(?:tsx?|json|ini|yaml|sql|html))["'`]/g;
const packagePattern = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"'.#\s][^"'\s]*)["']/g;

/** Project files named by this one, as paths from the project root. */
export function fileReferences(file: SourceFile): string[] {
  return [...file.code.matchAll(filePattern)].map(([, name = ""]) => {
    if (name.startsWith("#")) return `src/${name.slice(1)}`;
    return name.startsWith("src/") ? name : posix.join(posix.dirname(file.path), name);
  });
}

/** Packages and runtime modules imported, without the path inside them: `hono`, `@clack/prompts`, `node:fs`, `bun:sqlite`. */
export function packageReferences(file: SourceFile): string[] {
  return [...file.code.matchAll(packagePattern)].map(([, name = ""]) => {
    const [scope = "", rest] = name.split("/");
    return scope.startsWith("@") && rest !== undefined ? `${scope}/${rest}` : scope;
  });
}

/** Everything that the entries lead to, themselves included. */
export function reachable(entries: readonly string[], files: readonly SourceFile[]): Set<string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const found = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const file = byPath.get(path);
    if (file !== undefined) waiting.push(...fileReferences(file));
  }
  return found;
}
