/** One of several answers. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  /** Shown beside the label of the one that is pointed at. */
  readonly hint?: string;
}

/** What a text must be: undefined, or a sentence that says what is wrong with it. */
export type Check = (typed: string) => string | undefined;

/** Asks a person, one question after the other. Every question rejects with `Cancelled` when the person leaves. */
export interface Asker {
  begin(title: string): void;
  /** Shows lines below a title. */
  note(title: string, lines: readonly string[]): void;
  /** Says one sentence. */
  say(sentence: string): void;
  select(question: string, choices: readonly Choice[], initial: string): Promise<string>;
  /** Any number of answers, in the order of the choices. */
  several(question: string, choices: readonly Choice[], initial: readonly string[]): Promise<readonly string[]>;
  confirm(question: string, initial: boolean): Promise<boolean>;
  text(question: string, initial: string, check?: Check): Promise<string>;
  /** A text that is not shown. */
  secret(question: string, check?: Check): Promise<string>;
  end(sentence: string): void;
}

/** The person left. */
export class Cancelled extends Error {
  constructor() {
    super("cancelled");
    this.name = "Cancelled";
  }
}
