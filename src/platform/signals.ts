type TerminationSignal = "SIGTERM" | "SIGINT";
type HeardSignal = TerminationSignal | "SIGHUP";

/** Where signals come from; the process, unless a test brings its own. */
export interface SignalSource {
  on(signal: HeardSignal, listener: () => void): unknown;
  off(signal: HeardSignal, listener: () => void): unknown;
}

/** Calls the hook on every SIGHUP, which then ends nothing; the returned function gives the signal back to the runtime. */
export function onHangUp(hook: () => void, source: SignalSource = process): () => void {
  source.on("SIGHUP", hook);
  return () => void source.off("SIGHUP", hook);
}

/** What the first request to end does, and what any later one does. */
export interface TerminationHooks {
  readonly first: (signal: TerminationSignal) => void;
  readonly again: (signal: TerminationSignal) => void;
}

/** Calls the hooks on SIGTERM and SIGINT; the returned function gives the signals back to the runtime. */
export function onTermination(hooks: TerminationHooks, source: SignalSource = process): () => void {
  let told = false;
  const listeners = (["SIGTERM", "SIGINT"] as const).map((signal) => ({
    signal,
    listener() {
      const hook = told ? hooks.again : hooks.first;
      told = true;
      hook(signal);
    },
  }));
  for (const { signal, listener } of listeners) source.on(signal, listener);
  return () => {
    for (const { signal, listener } of listeners) source.off(signal, listener);
  };
}
