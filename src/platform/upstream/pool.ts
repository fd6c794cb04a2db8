import type { Clock } from "#core/effects/clock.ts";
import type { Connection } from "#platform/upstream/connection.ts";
import type { Origin } from "#platform/upstream/target.ts";

const sweepIntervalMs = 1_000;

/** Idle connections by origin, the youngest used first so that the surplus of a burst ages out. */
export class Pool {
  readonly #clock: Clock;
  readonly #maxIdlePerOrigin: number;
  readonly #idle = new Map<string, Connection[]>();
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock, maxIdlePerOrigin: number) {
    this.#clock = clock;
    this.#maxIdlePerOrigin = maxIdlePerOrigin;
  }

  get idleCount(): number {
    let count = 0;
    for (const connections of this.#idle.values()) count += connections.length;
    return count;
  }

  /** The most recently used connection that may still be used. */
  take(origin: Origin): Connection | undefined {
    const connections = this.#idle.get(origin.key);
    let connection = connections?.pop();
    while (connection !== undefined && this.#isStale(connection)) {
      connection.close();
      connection = connections?.pop();
    }
    return connection;
  }

  put(connection: Connection): void {
    let connections = this.#idle.get(connection.origin.key);
    if (connections === undefined) {
      connections = [];
      this.#idle.set(connection.origin.key, connections);
    }
    if (connections.length >= this.#maxIdlePerOrigin) {
      connection.close();
      return;
    }
    connection.idleSinceMs = this.#clock.monotonic();
    connections.push(connection);
    this.#cancelSweep ??= this.#clock.after(sweepIntervalMs, () => this.#sweep());
  }

  /** Forgets a connection that has closed. */
  remove(connection: Connection): void {
    const connections = this.#idle.get(connection.origin.key);
    const index = connections?.lastIndexOf(connection) ?? -1;
    if (index >= 0) connections?.splice(index, 1);
  }

  closeAll(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    for (const connections of [...this.#idle.values()]) {
      for (const connection of connections.splice(0)) connection.close();
    }
    this.#idle.clear();
  }

  #isStale(connection: Connection): boolean {
    return this.#clock.monotonic() - connection.idleSinceMs >= connection.idleLimitMs;
  }

  /** One timer for all, only while anything is idle. */
  #sweep(): void {
    this.#cancelSweep = undefined;
    for (const [key, connections] of [...this.#idle]) {
      const stale = connections.filter((connection) => this.#isStale(connection));
      for (const connection of stale) connection.close();
      if (connections.length === 0) this.#idle.delete(key);
    }
    if (this.#idle.size > 0) this.#cancelSweep = this.#clock.after(sweepIntervalMs, () => this.#sweep());
  }
}
