type Schema = Readonly<Record<string, unknown>>;

/** What a model must be told of a tool whose shape Anthropic's own models know by heart, and the caller runs itself. */
export interface ClientTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Schema;
}

/** The tool behind a type such as `bash_20250124`; undefined when only Anthropic can run it, or nobody knows it. */
export function clientToolOf(type: string): ClientTool | undefined {
  return known.find(([prefix]) => type.startsWith(prefix))?.[1];
}

/** Whether the protocol itself has a tool of this type. */
export function isClientToolType(type: string): boolean {
  return clientToolOf(type) !== undefined;
}

const text = (description: string): Schema => ({ type: "string", description });
const number = (description: string): Schema => ({ type: "integer", description });
const range: Schema = { type: "array", items: { type: "integer" }, description: "First and last line to view." };

const bash: ClientTool = {
  name: "bash",
  description: "Runs a command in a persistent bash session and gives its output.",
  parameters: {
    type: "object",
    properties: {
      command: text("The command to run."),
      restart: { type: "boolean", description: "True to start the session anew." },
    },
  },
};

const textEditor: ClientTool = {
  name: "str_replace_based_edit_tool",
  description: "Views, creates and edits text files.",
  parameters: {
    type: "object",
    properties: {
      command: { type: "string", enum: ["view", "create", "str_replace", "insert", "undo_edit"] },
      path: text("Absolute path of the file or directory."),
      file_text: text("Content of the file, for create."),
      old_str: text("Text to replace, exactly as it stands and only once in the file, for str_replace."),
      new_str: text("Text to put in its place, for str_replace."),
      insert_line: number("Line after which to insert, 0 for the beginning, for insert."),
      insert_text: text("Text to insert, for insert."),
      view_range: range,
    },
    required: ["command", "path"],
  },
};

const memory: ClientTool = {
  name: "memory",
  description: "Keeps notes in files below /memories that outlast the conversation.",
  parameters: {
    type: "object",
    properties: {
      command: { type: "string", enum: ["view", "create", "str_replace", "insert", "delete", "rename"] },
      path: text("Path below /memories."),
      file_text: text("Content of the file, for create."),
      old_str: text("Text to replace, for str_replace."),
      new_str: text("Text to put in its place, for str_replace."),
      insert_line: number("Line after which to insert, for insert."),
      insert_text: text("Text to insert, for insert."),
      old_path: text("Present path, for rename."),
      new_path: text("New path, for rename."),
      view_range: range,
    },
    required: ["command"],
  },
};

const known: readonly (readonly [string, ClientTool])[] = [
  ["bash_", bash],
  ["text_editor_", textEditor],
  ["memory_", memory],
];
