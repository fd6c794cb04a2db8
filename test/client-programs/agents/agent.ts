import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ScriptedCall } from "../../harness/scripted-answer.ts";
import type { Place } from "../program.ts";

/** A call that the model makes of one of an agent's own tools; its id is given later. */
export type ToolUse = Omit<ScriptedCall, "id">;

/** Where an agent finds the gateway. */
export interface Endpoint {
  /** Address of the gateway without a path. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

/** A command-line agent: how it is started, and which of its tools does what. */
export interface Agent {
  readonly name: string;
  /** The name under which this agent asks for one of the four models. */
  modelName(model: string): string;
  /** Writes its configuration into its home. */
  configure(place: Place, endpoint: Endpoint): void;
  /** The command for one turn; `again` goes on with the conversation before. */
  command(endpoint: Endpoint, prompt: string, again: boolean): string[];
  environment(endpoint: Endpoint): Readonly<Record<string, string>>;
  /** The tool that runs a command in a shell. */
  shell(command: string): ToolUse;
  /** The tool that looks at a picture. */
  look(path: string): ToolUse;
  /** What it says when the output limit cut an answer off that began with these words. */
  saysOfLimit(words: string): RegExp;
  /** Whether it asks again when an answer breaks off; otherwise it says that it did, and fails. */
  readonly asksAgain: boolean;
  /** Asks for ever when Gemini blocks a prompt and gives no candidate, with or without a gateway. */
  readonly endlessAtBlockedPrompt?: boolean;
}

/** Writes a file of an agent's configuration. */
export function writeText(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
