import { RegExpRouter } from "hono/router/reg-exp-router";
import type { Route } from "#http/route.ts";

/** All routes of one path. */
export interface PathRoutes {
  /** The path template as metrics show it. */
  readonly label: string;
  readonly byMethod: ReadonlyMap<string, Route>;
  /** Value of the `Allow` header (RFC 9110, 10.2.1). */
  readonly allow: string;
}

/** A path of the table and the texts that stood for its parameters, as they were sent. */
export interface FoundPath {
  readonly routes: PathRoutes;
  readonly parameters: Readonly<Record<string, string>>;
}

const anyMethod = "ALL";
const noParameters: FoundPath["parameters"] = {};

/**
 * Finds the routes of a path: exactly, case by case, escapes and slashes as they were sent. A path without a parameter
 * goes before one whose parameter it would fit.
 */
export class RouteLookup {
  readonly #fixed = new Map<string, FoundPath>();
  readonly #router = new RegExpRouter<PathRoutes>();

  constructor(table: readonly Route[]) {
    for (const [path, declared] of Map.groupBy(table, (route) => route.path)) {
      const routes = pathRoutes(path, declared);
      if (path.includes(":")) this.#router.add(anyMethod, path, routes);
      else this.#fixed.set(path, { routes, parameters: noParameters });
    }
  }

  find(path: string): FoundPath | undefined {
    const fixed = this.#fixed.get(path);
    if (fixed !== undefined) return fixed;
    const [matches, captured] = this.#router.match(anyMethod, path);
    const match = matches[0];
    if (match === undefined) return undefined;
    const parameters: Record<string, string> = {};
    for (const [name, position] of Object.entries(match[1])) {
      parameters[name] = (typeof position === "number" ? captured?.[position] : position) ?? "";
    }
    return { routes: match[0], parameters };
  }
}

function pathRoutes(path: string, routes: readonly Route[]): PathRoutes {
  const byMethod = new Map(routes.map((route) => [route.method as string, route]));
  const get = byMethod.get("GET");
  if (get !== undefined) byMethod.set("HEAD", get);
  return { label: path.replace(/\{.*\}/, ""), byMethod, allow: [...byMethod.keys()].join(", ") };
}
