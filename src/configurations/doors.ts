import { GatewayError } from "#core/errors.ts";
import type { DegradationLadder } from "#core/degradation/ladder.ts";
import type { Part } from "#core/part.ts";
import { pause } from "#core/wait.ts";
import type { Host } from "#configurations/host.ts";
import type { App, Connection, HealthReport } from "#http/http-parts.ts";
import { createMetricsApp } from "#http/metrics-app.ts";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";
import { idleTimeoutSeconds, type Listener, listen } from "#platform/listener.ts";
import { sharePort, steerToSecond } from "#platform/reuse-port.ts";
import { readTlsPair } from "#platform/tls-pair.ts";
import type { Settings } from "#settings/settings.ts";

const pollMs = 20;
const abortGraceMs = 1500;
/** So much later than it should the runtime may close an idle connection. */
const idleLookMs = 4_000;

/** What the doors ask of the parts behind them. */
export interface Behind {
  /** Why nothing can be served now, in words; empty when it can. */
  readonly troubles: () => readonly string[];
  readonly ladder: Pick<DegradationLadder, "look" | "isShut">;
  readonly metricsText: () => string;
}

/** The listeners of a gateway, their health, and how they close: readiness first, then work, then sockets. */
export class Doors implements Part {
  readonly name = "doors";
  #settings: Settings;
  readonly #host: Host;
  readonly #behind: Behind;
  #app: App;
  #listener: Listener | undefined;
  #metrics: Listener | undefined;
  #control: ControlSocket | undefined;
  #draining = false;
  /** Set while another process has taken over: called before each request that still comes here. */
  #whileLeaving: (() => void) | undefined;
  #lastRequestAt = 0;
  /** Answers what is asked on the control socket alone, where it knows what that is. */
  onControl: (request: Request) => Promise<Response> | undefined = () => undefined;
  /** Whether to listen beside the process that this one takes over from, and to be given its new connections; for `start`. */
  isSuccessor = false;

  constructor(settings: Settings, host: Host, createApp: (health: () => HealthReport) => App, behind: Behind) {
    this.#settings = settings;
    this.#host = host;
    this.#behind = behind;
    this.#app = createApp(() => this.#health());
  }

  /**
   * Requests that come from now on are answered by this app; those that run end with the one they began with. Both share their
   * state. Where to listen is settled at the start.
   */
  swap(settings: Settings, createApp: (health: () => HealthReport) => App): void {
    this.#app = createApp(() => this.#health());
    this.#settings = settings;
  }

  /** Where requests are answered, `http://host:port`; empty before `start`. */
  get address(): string {
    return this.#listener?.url ?? "";
  }

  /** Whether the end has begun. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /** Model calls that run, in thousandths of what may run at once. */
  get loadPermille(): number {
    return (this.#app.inFlight() * 1000) / this.#settings.gateway.maxConcurrentRequests;
  }

  async start(): Promise<void> {
    const { gateway, metrics } = this.#settings;
    const { host, port, maxBodyBytes, keepAliveMs, tls } = gateway;
    const pair = tls === undefined ? {} : { tls: readTlsPair(tls) };
    const shared = this.isSuccessor;
    if (metrics.enabled && metrics.prometheusPort !== undefined) {
      const app = createMetricsApp({ ids: this.#host.ids, metricsText: this.#behind.metricsText });
      this.#metrics = listen({ host, port: metrics.prometheusPort, app, maxBodyBytes, shared, ...pair });
    }
    this.#control = this.#openControl();
    // Last, and in one breath with the steering: as long as anything may fail, callers reach the one that serves.
    this.#listener = listen({ host, port, app: this.#whoeverAnswers, maxBodyBytes, keepAliveMs, shared, ...pair });
    if (shared) for (const { port } of this.#listeners) steerToSecond(port);
    this.#host.log.info("listening", { address: this.address });
  }

  /** Lets another process listen at the same ports. Throws `unavailable` where the system does not. */
  share(): void {
    for (const { port } of this.#listeners) sharePort(port);
  }

  /** From now on each answer is the last on its connection, whose caller then finds the other process; `beforeRequest` is called before each. */
  giveWay(beforeRequest: () => void): void {
    this.#lastRequestAt = this.#host.clock.monotonic();
    this.#whileLeaving = beforeRequest;
  }

  /** The reverse: the other process is gone. */
  stay(): void {
    this.#whileLeaving = undefined;
    const before = this.#control;
    this.#control = this.#openControl();
    // Only now: a closed socket's inode may be the next one's, which it would then take for its own.
    void before?.stop();
  }

  /**
   * Resolves with true when nothing runs and no connection can be left, since the idle ones have been closed by their time; at the
   * latest after `gateway.shutdown_grace`. With false when told not to wait any more.
   */
  async untilQuiet(signal?: AbortSignal): Promise<boolean> {
    const { clock } = this.#host;
    const { keepAliveMs, shutdownGraceMs } = this.#settings.gateway;
    const quietMs = Math.max(keepAliveMs, idleTimeoutSeconds * 1000) + idleLookMs;
    const giveUpAt = clock.monotonic() + shutdownGraceMs;
    while (clock.monotonic() < giveUpAt) {
      if (signal?.aborted === true) return false;
      const isBusy = this.#app.inFlight() > 0 || this.#listeners.some((listener) => listener.pending() > 0);
      if (isBusy) this.#lastRequestAt = clock.monotonic();
      if (clock.monotonic() - this.#lastRequestAt > quietMs) return true;
      await pause(this.#host.clock, pollMs);
    }
    return true;
  }

  /** Takes readiness back, serves on for `drain_delay`, then refuses new work and waits until the running work has ended. */
  async drain(): Promise<void> {
    const { drainDelayMs, shutdownGraceMs } = this.#settings.gateway;
    this.#draining = true;
    this.#host.log.info("draining", { running: this.#app.inFlight() });
    // Without a delay nobody comes in after the line that says it drains.
    if (drainDelayMs > 0) await pause(this.#host.clock, drainDelayMs);
    this.#app.refuseNewWork();
    await this.#emptyWithin(shutdownGraceMs);
  }

  /** Ends running calls with an error in their own protocol, then closes every socket. */
  async stop(): Promise<void> {
    this.#draining = true;
    this.#app.refuseNewWork();
    this.#app.abortRunning(new GatewayError("draining", "The gateway is shutting down."));
    await this.#emptyWithin(abortGraceMs);
    const [listener, metrics, control] = [this.#listener, this.#metrics, this.#control];
    this.#listener = this.#metrics = this.#control = undefined;
    await Promise.all([listener?.abort(), metrics?.abort(), control?.stop()]);
    this.#app.flushLog();
  }

  get #listeners(): readonly Listener[] {
    return [this.#listener, this.#metrics].filter((listener) => listener !== undefined);
  }

  #openControl(): ControlSocket {
    const fetch: App["fetch"] = (request, connection) =>
      this.onControl(request) ?? this.#whoeverAnswers.fetch(request, connection);
    return openControlSocket({ dataDir: this.#settings.dataDir, app: { fetch } });
  }

  readonly #whoeverAnswers: Pick<App, "fetch"> = {
    fetch: (request, connection) =>
      this.#whileLeaving === undefined ? this.#app.fetch(request, connection) : this.#lastAnswer(request, connection),
  };

  async #lastAnswer(request: Request, connection: Connection): Promise<Response> {
    this.#lastRequestAt = this.#host.clock.monotonic();
    this.#whileLeaving?.();
    const response = await this.#app.fetch(request, connection);
    response.headers.set("connection", "close");
    return response;
  }

  #health(): HealthReport {
    const { ladder, troubles } = this.#behind;
    const degraded = ladder.look();
    const shut = ladder.isShut ? ["new requests are refused"] : [];
    const reasons = [...(this.#draining ? ["draining"] : []), ...troubles(), ...shut];
    return { startup: this.#listener !== undefined, ready: reasons.length === 0, reasons, degraded };
  }

  async #emptyWithin(limitMs: number): Promise<void> {
    const { clock } = this.#host;
    const giveUpAt = clock.monotonic() + limitMs;
    while (this.#app.inFlight() > 0 && clock.monotonic() < giveUpAt) await pause(clock, pollMs);
  }
}
