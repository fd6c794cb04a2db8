import { dispatch } from "#cli/dispatch.ts";
import { describeFailure } from "#cli/failure.ts";
import { printNotice } from "#cli/output.ts";
import { arrangeWords, wordsOfProgram } from "#cli/words.ts";

/** Runs what was typed and resolves with the exit code; a failure is one line on standard error. */
export async function runCommandLine(programPath: string, typed: readonly string[]): Promise<number> {
  const line = arrangeWords(wordsOfProgram(programPath, typed));
  try {
    return await dispatch(line);
  } catch (thrown) {
    const { text, exitCode } = describeFailure(thrown, wantsStacks(typed));
    printNotice(text);
    return exitCode;
  }
}

function wantsStacks(typed: readonly string[]): boolean {
  return /(?:^| )--log-level[ =]debug(?: |$)/.test(typed.join(" "));
}
