import type { z } from "zod";
import type { Permission } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";

/** Where everything of `core/api` stands over HTTP. */
export const apiPath = "/api/v1";

/**
 * Who of those that have the permission is let do something: administrators of the gateway always, and beside them admins of
 * the team that it is done to, its members, or the user that it is done to.
 */
export type Circle = "administrators" | "team_admins" | "team_members" | "oneself";

/**
 * One thing an operator or program can do under `/api/v1`, as data: the HTTP door, the OpenAPI document, the control
 * client, the command line and the access test all read it here.
 *
 * `input` is one object. Over HTTP its fields come from three places: names in `path` (`/keys/:id`) from the path, all
 * others from the query string for GET and DELETE, from the JSON body otherwise.
 */
export interface Operation<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodType = z.ZodType> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`; parameters as `:name`. */
  readonly path: string;
  readonly permission: Permission;
  /** Undefined where everybody who has the permission is let do it to what they see. Handlers keep to it, the access test checks them. */
  readonly only?: Circle;
  /** One sentence for the OpenAPI document. */
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** 200 unless said. */
  readonly status?: 201;
}

/** Who asks for an operation, and through which request. */
export interface Caller {
  readonly principal: Principal;
  /** Id of the HTTP request, for the audit. */
  readonly requestId?: string;
}

/** Keeps the types of an operation's schemas. */
export function operation<Input extends z.ZodObject, Output extends z.ZodType>(
  described: Operation<Input, Output>,
): Operation<Input, Output> {
  return described;
}

/** A table of operations by name. */
export type OperationTable = Readonly<Record<string, Operation>>;

/** What carries the operations of a table out: input as its schema gave it out, `Caller` already let in by permission. */
export type HandlersOf<Table extends OperationTable> = {
  readonly [Name in keyof Table]: (
    input: z.output<Table[Name]["input"]>,
    caller: Caller,
  ) => Promise<z.input<Table[Name]["output"]>>;
};

/** The same as whoever asks sees it: input as written, a validated answer, one caller for all. */
export type AskedOf<Table extends OperationTable> = {
  readonly [Name in keyof Table]: (input: z.input<Table[Name]["input"]>) => Promise<z.output<Table[Name]["output"]>>;
};

/** Names of the fields of an operation's input that stand in its path, from left to right. */
export function pathParameters({ path }: Pick<Operation, "path">): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
}
