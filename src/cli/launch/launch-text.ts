import { join } from "node:path";
import type { Arrangement, LaunchSession, LaunchTool } from "#cli/launch/launch-tool.ts";
import { shellWord } from "#cli/shell-word.ts";

/** What stands in the place of a key that nobody has made. */
export const maskedKey = "tok_...";

/** What stands in the place of a directory that nobody has made. */
export const namedDirectory = "TEMPORARY";

/** A start as people read it: environment, files and the command, each line as a shell would take it. */
export function launchText(tool: LaunchTool, arrangement: Arrangement, typed: readonly string[]): string {
  const { environment, without, files } = arrangement;
  return [
    ...without.map((name) => `unset ${name}`),
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    ...Object.entries(files).map(([name, text]) => `# ${join(namedDirectory, name)}: ${text}`),
    [tool.name, ...arrangement.arguments, ...typed].map(shellWord).join(" "),
  ].join("\n");
}

/** The same as data. */
export function launchView(
  tool: LaunchTool,
  { environment, without, files, ...arrangement }: Arrangement,
  typed: readonly string[],
  { url }: Pick<LaunchSession, "url">,
) {
  return { tool: tool.name, url, environment, without, arguments: [...arrangement.arguments, ...typed], files };
}
