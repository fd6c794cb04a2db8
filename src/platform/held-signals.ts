import { constants } from "node:os";

/** What asks a program to end that one can still do something about. */
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
export type EndingSignal = (typeof endingSignals)[number];

/** Where signals come from; the process, unless a test brings its own. */
interface SignalSource {
  on(signal: EndingSignal, listener: () => void): unknown;
  off(signal: EndingSignal, listener: () => void): unknown;
}

/** Keeps this process from being ended by a signal while it has something to undo. `using` gives the signals back. */
export class HeldSignals implements Disposable {
  readonly #source: SignalSource;
  readonly #listeners: readonly { readonly signal: EndingSignal; readonly listener: () => void }[];
  #tell: ((signal: EndingSignal) => void) | undefined;
  /** The first that came. */
  first: EndingSignal | undefined;

  constructor(source: SignalSource = process) {
    this.#source = source;
    this.#listeners = endingSignals.map((signal) => ({
      signal,
      listener: () => {
        this.first ??= signal;
        this.#tell?.(signal);
      },
    }));
    for (const { signal, listener } of this.#listeners) source.on(signal, listener);
  }

  /** From now on each signal is told as it comes. */
  tellTo(listener: (signal: EndingSignal) => void): void {
    this.#tell = listener;
  }

  [Symbol.dispose](): void {
    for (const { signal, listener } of this.#listeners) this.#source.off(signal, listener);
  }
}

/** The code that a shell gives to a program that a signal has ended. */
export function codeOfSignal(signal: NodeJS.Signals | number): number {
  return 128 + (typeof signal === "number" ? signal : constants.signals[signal]);
}
