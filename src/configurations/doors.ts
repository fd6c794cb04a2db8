import { GatewayError } from "#core/errors.ts";
import type { DegradationLadder } from "#core/degradation/ladder.ts";
import type { Part } from "#core/part.ts";
import type { Host } from "#configurations/host.ts";
import type { App, HealthReport } from "#http/http-parts.ts";
import { createMetricsApp } from "#http/metrics-app.ts";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";
import { type Listener, listen } from "#platform/listener.ts";
import { readTlsPair } from "#platform/tls-pair.ts";
import type { Settings } from "#settings/settings.ts";

const pollMs = 20;
const abortGraceMs = 1500;

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
  readonly #settings: Settings;
  readonly #host: Host;
  readonly #behind: Behind;
  readonly #app: App;
  #listener: Listener | undefined;
  #metrics: Listener | undefined;
  #control: ControlSocket | undefined;
  #draining = false;

  constructor(settings: Settings, host: Host, createApp: (health: () => HealthReport) => App, behind: Behind) {
    this.#settings = settings;
    this.#host = host;
    this.#behind = behind;
    this.#app = createApp(() => this.#health());
  }

  /** Where requests are answered, `http://host:port`; empty before `start`. */
  get address(): string {
    return this.#listener?.url ?? "";
  }

  /** Model calls that run, in thousandths of what may run at once. */
  get loadPermille(): number {
    return (this.#app.inFlight() * 1000) / this.#settings.gateway.maxConcurrentRequests;
  }

  async start(): Promise<void> {
    const { gateway, metrics, dataDir } = this.#settings;
    const { host, port, maxBodyBytes, tls } = gateway;
    const pair = tls === undefined ? {} : { tls: readTlsPair(tls) };
    this.#listener = listen({ host, port, app: this.#app, maxBodyBytes, ...pair });
    if (metrics.enabled && metrics.prometheusPort !== undefined) {
      const app = createMetricsApp({ ids: this.#host.ids, metricsText: this.#behind.metricsText });
      this.#metrics = listen({ host, port: metrics.prometheusPort, app, maxBodyBytes, ...pair });
    }
    this.#control = openControlSocket({ dataDir, app: this.#app });
    this.#host.log.info("listening", { address: this.address });
  }

  /** Takes readiness back, serves on for `drain_delay`, then refuses new work and waits until the running work has ended. */
  async drain(): Promise<void> {
    const { drainDelayMs, shutdownGraceMs } = this.#settings.gateway;
    this.#draining = true;
    this.#host.log.info("draining", { running: this.#app.inFlight() });
    // Without a delay nobody comes in after the line that says it drains.
    if (drainDelayMs > 0) await this.#pause(drainDelayMs);
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
    while (this.#app.inFlight() > 0 && clock.monotonic() < giveUpAt) await this.#pause(pollMs);
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.#host.clock.after(durationMs, resolve));
  }
}
