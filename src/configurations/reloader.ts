import { timeText } from "#core/api/time-text.ts";
import type { ConfigurationStatus } from "#core/api/status.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Meter } from "#core/effects/meter.ts";
import { GatewayError, problemsOf, toGatewayError } from "#core/errors.ts";
import type { Part } from "#core/part.ts";
import { changedKeys } from "#configurations/changed-keys.ts";
import type { ConfigurationSource } from "#configurations/configuration-source.ts";
import { ReloadMeter } from "#configurations/reload-meter.ts";
import { waitingForRestart, withoutRestart } from "#configurations/restart-needed.ts";
import { revealedJson } from "#configurations/revealed-json.ts";
import type { LoadedSettings } from "#settings/loaded.ts";
import type { Settings } from "#settings/settings.ts";

/** Why a configuration is read anew: a signal, a file that has changed, or the program around the gateway. */
export type ReloadReason = "signal" | "file" | "program";

/** What came of it. `problems` are as `file:line: key: what`; with any of them nothing has changed. */
export interface Reloaded {
  readonly result: "applied" | "unchanged" | "failed";
  readonly problems: readonly string[];
}

/** What a reloader is built from. */
export interface ReloaderParts {
  readonly host: { readonly clock: Clock; readonly log: Log; readonly onReload: (phase: "begins" | "ended") => void };
  readonly meter: Meter;
  /** Undefined where the program around says what to take over. */
  readonly source: ConfigurationSource | undefined;
  /** Puts settings in force, or throws and changes nothing. */
  readonly swap: (settings: Settings) => void;
}

const lookEveryMs = 1_000;
/** What is answered where nothing runs that a configuration could be put in force for. */
export const notServing: Reloaded = { result: "failed", problems: ["the gateway does not serve"] };

/**
 * Takes a configuration over while the gateway runs: when told, and when its files have changed and have then been the same for
 * two looks. One that cannot be read, or that nothing can be built from, changes nothing. All of it happens between two
 * requests, so that no two reloads meet.
 */
export class Reloader implements Part {
  readonly name = "configuration reload";
  readonly #parts: ReloaderParts;
  readonly #meter: ReloadMeter;
  readonly #started: Settings;
  readonly #firstLoaded: LoadedSettings | undefined;
  /** In force, as it was loaded: with what waits for a restart. */
  #loaded: LoadedSettings | undefined;
  #fingerprint: string;
  #watches: boolean;
  #generation = 1;
  #loadedAtMs: number;
  #failure: { readonly atMs: number; readonly problems: readonly string[] } | undefined;
  #restartNeeded: readonly string[] = [];
  #changeSeen: string | undefined;
  #disarm: (() => void) | undefined;
  #serves = false;

  /** `started` is what is in force; where there is a source, what it read last. */
  constructor(started: Settings, parts: ReloaderParts) {
    this.#parts = parts;
    this.#started = started;
    this.#firstLoaded = this.#loaded = parts.source?.last;
    this.#watches = started.gateway.watchConfig;
    this.#fingerprint = this.#fingerprintOf(started);
    this.#loadedAtMs = parts.host.clock.now();
    this.#meter = new ReloadMeter(parts.meter);
    this.#meter.began(this.#loadedAtMs);
  }

  async start(): Promise<void> {
    this.#serves = true;
    if (this.#parts.source !== undefined) this.#lookLater();
  }

  async stop(): Promise<void> {
    this.#serves = false;
    this.#disarm?.();
    this.#disarm = undefined;
  }

  /** Reads everything anew and takes it over; `given` is taken instead of reading. Never throws. */
  reload(reason: ReloadReason, given?: Settings): Reloaded {
    if (!this.#serves) return notServing;
    const { host, source } = this.#parts;
    host.onReload("begins");
    try {
      const loaded = given === undefined ? source?.load(reason === "file" ? "refused" : "taken") : undefined;
      const settings = given ?? loaded?.settings;
      if (settings === undefined) throw new GatewayError("config_invalid", "this gateway has no files to read anew");
      return this.#take(reason, settings, loaded);
    } catch (thrown) {
      return this.#refuse(reason, thrown);
    } finally {
      host.onReload("ended");
    }
  }

  /** How the configuration in force came to be. */
  status(): ConfigurationStatus {
    const failure = this.#failure;
    return {
      generation: this.#generation,
      loaded_at: timeText(this.#loadedAtMs),
      files: [...(this.#parts.source?.files ?? [])],
      ...(failure && { last_failure: { at: timeText(failure.atMs), problems: [...failure.problems] } }),
      restart_needed: [...this.#restartNeeded],
    };
  }

  #take(reason: ReloadReason, said: Settings, loaded: LoadedSettings | undefined): Reloaded {
    const { clock, log } = this.#parts.host;
    const fingerprint = this.#fingerprintOf(said);
    const isNews = fingerprint !== this.#fingerprint;
    const settings = withoutRestart(this.#started, said);
    if (isNews) this.#parts.swap(settings);
    const before = this.#loaded;
    const sinceStart = this.#firstLoaded && loaded ? changedKeys(this.#firstLoaded, loaded) : [];
    this.#restartNeeded = waitingForRestart(sinceStart);
    this.#failure = undefined;
    this.#loaded = loaded;
    this.#fingerprint = fingerprint;
    this.#watches = settings.gateway.watchConfig;
    const result = isNews ? "applied" : "unchanged";
    this.#meter.ended(result, clock.now());
    if (!isNews) {
      log.info("config_unchanged", { reason });
      return { result, problems: [] };
    }
    this.#generation += 1;
    this.#loadedAtMs = clock.now();
    const { length: waiting } = this.#restartNeeded;
    log.info("config_reloaded", {
      reason,
      generation: this.#generation,
      changed: before && loaded ? changedKeys(before, loaded) : [],
      ...(waiting > 0 && { restart_needed: this.#restartNeeded }),
      ...(loaded && loaded.notices.length > 0 && { notices: loaded.notices }),
    });
    return { result, problems: [] };
  }

  #refuse(reason: ReloadReason, thrown: unknown): Reloaded {
    const { clock, log } = this.#parts.host;
    const problems = problemsOf(toGatewayError(thrown));
    this.#failure = { atMs: clock.now(), problems };
    this.#meter.ended("failed", clock.now());
    log.error("config_reload_failed", { reason, generation: this.#generation, problems });
    return { result: "failed", problems };
  }

  #lookLater(): void {
    this.#disarm = this.#parts.host.clock.after(lookEveryMs, () => {
      this.#look();
      this.#lookLater();
    });
  }

  /** What has just changed may be half written: it is read when the next look finds it the same. */
  #look(): void {
    const { source } = this.#parts;
    if (source === undefined || !this.#watches) return;
    const change = source.change();
    const isSettled = change !== undefined && change === this.#changeSeen;
    this.#changeSeen = change;
    if (isSettled) this.reload("file");
  }

  /** Everything that a generation is built from, the catalogue of models and the rules by time of day included. */
  #fingerprintOf(settings: Settings): string {
    const { gateway, timeRules } = settings;
    const paths = [gateway.modelCatalogPath, timeRules.enabled ? timeRules.path : undefined];
    const texts = paths.map((path) => (path === undefined ? undefined : this.#parts.source?.readFile(path)));
    return Bun.hash(revealedJson({ settings, texts })).toString(16);
  }
}
