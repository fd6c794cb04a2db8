import { expect } from "bun:test";
import type { z } from "zod";
import { type OperationName, operations } from "#core/api/operations.ts";
import { testedProgram } from "./gateway.ts";
import { GatewayProcess } from "./gateway-process.ts";

type OutputOf<Name extends OperationName> = z.output<(typeof operations)[Name]["output"]>;
type ViewOf<Name extends OperationName> = OutputOf<Name> extends { data: (infer View)[] } ? View : never;

/** Commands of one gateway, their answers checked against the operation that they stand for. `await using` ends both. */
export class Operator implements AsyncDisposable {
  readonly gateway: GatewayProcess;

  constructor(configuration = "") {
    this.gateway = new GatewayProcess({ program: testedProgram, configuration });
  }

  /** Of a gateway that runs, or that was never started. */
  static async of(state: "stopped" | "running", configuration?: string): Promise<Operator> {
    const operator = new Operator(configuration);
    if (state === "running") await operator.gateway.serve();
    return operator;
  }

  /** What a command prints for people; it must succeed without a word on standard error. */
  async prints(...words: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.gateway.cli(...words);
    expect([words, exitCode, stderr]).toEqual([words, 0, ""]);
    return stdout;
  }

  /** The one answer of a command as the operation gives it. */
  async one<Name extends OperationName>(name: Name, ...words: readonly string[]): Promise<OutputOf<Name>> {
    return this.#parsed(name, JSON.parse(await this.prints(...words, "--json")));
  }

  /** Every line of a command as the operation lists it. */
  async list<Name extends OperationName>(name: Name, ...words: readonly string[]): Promise<ViewOf<Name>[]> {
    const lines = (await this.prints(...words, "--json")).split("\n").filter((line) => line !== "");
    const answer = { data: lines.map((line): unknown => JSON.parse(line)), next_cursor: null, public_key: "" };
    return (this.#parsed(name, answer) as { data: ViewOf<Name>[] }).data;
  }

  /** How a command that must fail ends: its code and its one line. */
  async fails(...words: readonly string[]): Promise<{ readonly code: number; readonly line: string }> {
    const { exitCode, stdout, stderr } = await this.gateway.cli(...words);
    expect([words, stdout, stderr.match(/\n/g)?.length]).toEqual([words, "", 1]);
    return { code: exitCode, line: stderr.trimEnd() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }

  #parsed<Name extends OperationName>(name: Name, answer: unknown): OutputOf<Name> {
    const schema: z.ZodType = operations[name].output;
    return schema.parse(answer) as OutputOf<Name>;
  }
}
