import type { CallableTool } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { listOf, parseJson, parseObject, recordOf, textOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A tool with a shape of its own in this protocol, which the caller runs: elsewhere it is a function with a known schema. */
interface TypedTool {
  readonly description: string;
  readonly parameters: Fields;
  readonly callType: string;
  readonly outputType: string;
  /** The arguments of the function, from the item of a call. */
  argumentsOf(item: Fields): unknown;
  /** The fields of the item, from the arguments; undefined when they do not fit. */
  fieldsOf(input: Fields): Fields | undefined;
  /** What the tool answered, as text. */
  outputText(item: Fields): string;
  /** The field of the output's item, from a text. */
  outputOf(text: string): unknown;
}

const text = { type: "string" };
const number = { type: "number" };

const localShell: TypedTool = {
  description: "Runs a command in a shell on the user's machine and returns its output.",
  parameters: {
    type: "object",
    properties: {
      command: { type: "array", items: text, description: "The command and its arguments." },
      env: { type: "object", additionalProperties: text, description: "Environment variables." },
      timeout_ms: number,
      user: text,
      working_directory: text,
    },
    required: ["command"],
  },
  callType: "local_shell_call",
  outputType: "local_shell_call_output",
  argumentsOf: ({ action }) => {
    const { type: _, ...input } = recordOf(action) ?? {};
    return input;
  },
  fieldsOf: (input) => (Array.isArray(input["command"]) ? { action: { type: "exec", env: {}, ...input } } : undefined),
  outputText: (item) => textOf(item["output"]) ?? "",
  outputOf: (output) => output,
};

const shell: TypedTool = {
  description: "Runs shell commands on the user's machine and returns what each of them printed.",
  parameters: {
    type: "object",
    properties: {
      commands: { type: "array", items: text, description: "The commands, each a line for the shell." },
      max_output_length: number,
      timeout_ms: number,
    },
    required: ["commands"],
  },
  callType: "shell_call",
  outputType: "shell_call_output",
  argumentsOf: ({ action }) => recordOf(action) ?? {},
  fieldsOf: (input) => (Array.isArray(input["commands"]) ? { action: input } : undefined),
  outputText: ({ output }) => (typeof output === "string" ? output : JSON.stringify(listOf(output))),
  outputOf: shellOutput,
};

const applyPatch: TypedTool = {
  description: "Creates, updates or deletes one file. 'diff' is a V4A diff, and is left out when a file is deleted.",
  parameters: {
    type: "object",
    properties: {
      type: { type: "string", enum: ["create_file", "update_file", "delete_file"] },
      path: text,
      diff: text,
    },
    required: ["type", "path"],
  },
  callType: "apply_patch_call",
  outputType: "apply_patch_call_output",
  argumentsOf: ({ operation }) => recordOf(operation) ?? {},
  fieldsOf: (input) => (textOf(input["path"]) === undefined ? undefined : { operation: input }),
  outputText: (item) => textOf(item["output"]) ?? textOf(item["status"]) ?? "",
  outputOf: (output) => output,
};

const typedTools: Readonly<Record<string, TypedTool>> = { local_shell: localShell, shell, apply_patch: applyPatch };

function toolOf(type: string): TypedTool | undefined {
  return Object.hasOwn(typedTools, type) ? typedTools[type] : undefined;
}

/** What the caller declared as one of the typed tools, as a function; undefined for tools that the service itself runs. */
export function decodeTypedTool(tool: Fields): CallableTool | undefined {
  const type = textOf(tool["type"]) ?? "";
  const known = toolOf(type);
  if (known === undefined || !isLocal(tool["environment"])) return undefined;
  return { kind: "function", name: type, description: known.description, parameters: known.parameters, typed: type };
}

/** A shell in the service's own container is none of the caller's. */
function isLocal(environment: unknown): boolean {
  const type = recordOf(environment)?.["type"];
  return type === undefined || type === "local";
}

/** The name and arguments of a call in an item of a typed tool's own kind. */
export function typedCallOf(item: Fields): { name: string; argumentsText: string } | undefined {
  for (const [name, tool] of Object.entries(typedTools)) {
    if (item["type"] === tool.callType) return { name, argumentsText: JSON.stringify(tool.argumentsOf(item)) };
  }
  return undefined;
}

/** What a typed tool answered, as text, in an item of its own kind. */
export function typedOutputOf(item: Fields): string | undefined {
  const tool = Object.values(typedTools).find(({ outputType }) => item["type"] === outputType);
  return tool?.outputText(item);
}

/** The item of a call of a typed tool without `id` and `status`; undefined when the arguments do not fit its shape. */
export function encodeTypedCall(type: string, callId: string, argumentsText: string): Fields | undefined {
  const tool = toolOf(type);
  const input = parseObject(argumentsText);
  const fields = input === undefined ? undefined : tool?.fieldsOf(input);
  return tool === undefined || fields === undefined ? undefined : { type: tool.callType, call_id: callId, ...fields };
}

/** The item of a typed tool's result. */
export function encodeTypedOutput(type: string, callId: string, said: string, isError: boolean): Fields | undefined {
  const tool = toolOf(type);
  if (tool === undefined) return undefined;
  const status = tool === applyPatch ? { status: isError ? "failed" : "completed" } : {};
  return { type: tool.outputType, call_id: callId, ...status, output: tool.outputOf(said) };
}

function shellOutput(said: string): unknown {
  const value = parseJson(said);
  if (Array.isArray(value)) return value;
  // Not what a shell call was answered with: one command that printed it.
  return [{ stdout: said, stderr: "", outcome: { type: "exit", exit_code: 0 } }];
}

/** Whether a server of this protocol has a tool of this type. */
export function takesTyped(type: string, { dialect }: Pick<EncodeTarget, "dialect">): boolean {
  return dialect.customTools && Object.hasOwn(typedTools, type);
}
