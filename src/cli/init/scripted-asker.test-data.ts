import { type Asker, Cancelled, type Check } from "#cli/init/asker.ts";

type Answer = string | boolean | readonly string[];

/** Answers questions by how they begin, several times in the given order; any other with what is offered first. */
export class ScriptedAsker implements Asker {
  /** All that the person was shown or asked, a line each. */
  readonly shown: string[] = [];
  readonly #script: (readonly [beginning: string, answer: Answer | "cancel"])[];

  constructor(script: readonly (readonly [beginning: string, answer: Answer | "cancel"])[] = []) {
    this.#script = [...script];
  }

  /** Answers that no question has asked for. */
  get left(): number {
    return this.#script.length;
  }

  begin(title: string): void {
    this.shown.push(title);
  }

  note(title: string, lines: readonly string[]): void {
    this.shown.push(title, ...lines);
  }

  say(sentence: string): void {
    this.shown.push(sentence);
  }

  end(sentence: string): void {
    this.shown.push(sentence);
  }

  select(question: string, choices: readonly { readonly value: string }[], initial: string): Promise<string> {
    return this.#answer(question, initial, (given) => choices.some(({ value }) => value === given));
  }

  several(
    question: string,
    choices: readonly { readonly value: string }[],
    initial: readonly string[],
  ): Promise<readonly string[]> {
    return this.#answer(question, initial, (given) => given.every((one) => choices.some(({ value }) => value === one)));
  }

  confirm(question: string, initial: boolean): Promise<boolean> {
    return this.#answer(question, initial, () => true);
  }

  text(question: string, initial: string, check?: Check): Promise<string> {
    return this.#answer(question, initial, (given) => check?.(given) === undefined);
  }

  secret(question: string, check?: Check): Promise<string> {
    return this.#answer(question, "", (given) => check?.(given) === undefined);
  }

  async #answer<Given extends Answer>(
    question: string,
    initial: Given,
    isAllowed: (given: Given) => boolean,
  ): Promise<Given> {
    this.shown.push(question);
    const at = this.#script.findIndex(([beginning]) => question.startsWith(beginning));
    const [, scripted = initial] = at < 0 ? [] : (this.#script.splice(at, 1)[0] ?? []);
    if (scripted === "cancel") throw new Cancelled();
    // The script is written beside the questions that it answers.
    const given = scripted as Given;
    if (!isAllowed(given)) throw new Error(`${question}: ${JSON.stringify(given)} cannot be answered`);
    return given;
  }
}
