import {
  cancel,
  confirm,
  intro,
  isCancel,
  log,
  multiselect,
  note,
  outro,
  password,
  select,
  text,
} from "@clack/prompts";
import { type Asker, Cancelled, type Check, type Choice } from "#cli/init/asker.ts";
import { printableText } from "#platform/printable.ts";

/** Answers that fit a terminal of 24 lines with the question. */
const maxItems = 12;

/** Asks on the terminal of this process. */
export function clackAsker(): Asker {
  return {
    begin: (title) => intro(printableText(title)),
    note: (title, lines) => note(lines.map(printableText).join("\n"), printableText(title), { format: (line) => line }),
    say: (sentence) => log.message(printableText(sentence)),
    select: (message, choices, initialValue) =>
      answered(select({ message: printableText(message), options: options(choices), initialValue, maxItems })),
    several: (message, choices, initial) =>
      answered(
        multiselect({
          message: printableText(message),
          options: options(choices),
          initialValues: [...initial],
          maxItems,
          required: false,
        }),
      ),
    confirm: (message, initialValue) => answered(confirm({ message: printableText(message), initialValue })),
    text: async (message, initialValue, check) =>
      // Nothing typed is undefined where there was nothing before.
      (
        (await answered(text({ message: printableText(message), initialValue, validate: validation(check) }))) ?? ""
      ).trim(),
    secret: async (message, check) =>
      ((await answered(password({ message: printableText(message), validate: validation(check) }))) ?? "").trim(),
    end: (sentence) => outro(printableText(sentence)),
  };
}

/** Says that the person left. */
export function sayCancelled(sentence: string): void {
  cancel(sentence);
}

function options(choices: readonly Choice[]) {
  return choices.map(({ value, label, hint }) => ({
    value,
    label: printableText(label),
    ...(hint === undefined ? {} : { hint: printableText(hint) }),
  }));
}

const validation = (check: Check | undefined) => (typed: string | undefined) => check?.((typed ?? "").trim());

async function answered<Answer>(asked: Promise<Answer>): Promise<Exclude<Answer, symbol>> {
  const answer = await asked;
  if (isCancel(answer) || typeof answer === "symbol") throw new Cancelled();
  return answer as Exclude<Answer, symbol>;
}
