import type { CapacityLimits, CapacitySpec, DeploymentSpec } from "#core/scheduler/capacity.ts";
import { Lane } from "#core/scheduler/lane.ts";
import type { DeploymentId, LaneId } from "#core/scheduler/offer.ts";
import { Pool } from "#core/scheduler/pool.ts";
import { Resource } from "#core/scheduler/resource.ts";
import { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";

/** Everything that has capacity, by name, and the lanes and pools through which it is reached. */
export class CapacityMap {
  readonly resources = new Map<string, Resource>();
  /** Those that are declared. */
  readonly deployments = new Map<string, ScheduledDeployment>();
  readonly pools: Pool[] = [];
  readonly lanes = new Map<LaneId, Lane>();
  readonly #levels: number;
  readonly #poolOfGroup = new Map<string, Pool>();
  readonly #laneOf = new Map<string, Lane>();
  readonly #reachedBy = new Map<ScheduledDeployment, readonly Pool[]>();
  /** Not declared any more, and not yet forgotten. */
  readonly #leaving = new Map<string, ScheduledDeployment>();
  /** Lanes that nobody new joins. */
  readonly #closed = new Set<Lane>();
  /** Names of resources that were given limits since everything was last declared. */
  #configured = new Set<string>();
  #lanesMade = 0;

  constructor(levels: number) {
    this.#levels = levels;
  }

  /** Whether anything waits to be forgotten. */
  get hasLeftovers(): boolean {
    return this.#leaving.size > 0 || this.#closed.size > 0;
  }

  /** Names of those that are declared, and of those that are leaving. */
  get ids(): readonly DeploymentId[] {
    return [...this.deployments.values(), ...this.#leaving.values()].map(({ id }) => id);
  }

  /** A deployment that is declared, or that is leaving. */
  find(id: string): ScheduledDeployment | undefined {
    return this.deployments.get(id) ?? this.#leaving.get(id);
  }

  /** Declares a resource or gives it new limits. */
  setLimits(nowUs: number, id: string, limits: CapacityLimits): void {
    this.#configured.add(id);
    const known = this.resources.get(id);
    if (known === undefined) this.resources.set(id, new Resource(nowUs, id, limits));
    else known.setLimits(nowUs, limits);
    for (const deployment of known?.deployments ?? []) deployment.told?.setRates(nowUs, deployment.rates);
  }

  /** Declares a deployment; of one that is known the weight alone changes. A resource nobody declared has no limits. */
  add(nowUs: number, spec: DeploymentSpec): void {
    const known = this.deployments.get(spec.id);
    if (known === undefined) this.#declareOne(nowUs, spec);
    else known.weight = spec.weight;
    if (known === undefined) this.#changed();
  }

  /** Declares everything anew; see `Scheduler.declare`. */
  declare(nowUs: number, { resources, deployments }: CapacitySpec): void {
    this.#configured = new Set();
    for (const { id, limits } of resources) this.setLimits(nowUs, id, limits);
    const declared = new Set(deployments.map(({ id }) => id));
    for (const [id, deployment] of this.deployments) {
      if (declared.has(id)) continue;
      this.deployments.delete(id);
      this.#leaving.set(id, deployment);
    }
    for (const spec of deployments) this.#declareOne(nowUs, spec);
    this.#closeLanes();
    this.sweep(nowUs);
    this.#forgetUnused();
  }

  /** Forgets lanes that nobody joins and nobody waits in, and deployments that no lane reaches and nothing keeps. */
  sweep(nowUs: number): void {
    let isLess = false;
    for (const lane of this.#closed) {
      if (lane.queued > 0) continue;
      this.#closed.delete(lane);
      this.lanes.delete(lane.id);
      lane.pool.forget(lane);
      isLess = true;
    }
    for (const [id, deployment] of this.#leaving) {
      // A pause that a provider asked for holds if it comes back within it.
      const isKept = deployment.inFlight > 0 || deployment.pausedUntilUs > nowUs;
      if (isKept || this.#closed.values().some((lane) => lane.deployments.includes(deployment))) continue;
      this.#leaving.delete(id);
      for (const resource of deployment.resources) remove(resource.deployments, deployment);
      remove(this.#poolOf(deployment).deployments, deployment);
      isLess = true;
    }
    if (isLess) this.#forgetUnused();
  }

  /** The lane of these deployments; the same for the same set, whatever its order. Those not declared do not count. */
  lane(ids: readonly string[]): Lane {
    const asked = ids.join("\n");
    const known = this.#laneOf.get(asked) ?? this.#laneOf.get([...new Set(ids)].toSorted().join("\n"));
    const lane = known ?? this.#addLane([...new Set(ids)]);
    this.#laneOf.set(asked, lane);
    return lane;
  }

  /** Pools in which a request may be able to start when something ends at this deployment. */
  poolsTouchedBy(deployment: ScheduledDeployment): readonly Pool[] {
    const known = this.#reachedBy.get(deployment);
    if (known !== undefined) return known;
    const touched = new Set([deployment, ...deployment.resources.flatMap(({ deployments }) => deployments)]);
    const lanes = [...this.lanes.values()].filter((lane) => lane.deployments.some((other) => touched.has(other)));
    const pools = [...new Set(lanes.map(({ pool }) => pool))];
    this.#reachedBy.set(deployment, pools);
    return pools;
  }

  #declareOne(nowUs: number, spec: DeploymentSpec): void {
    const resources = spec.resources.flatMap((id) => {
      if (!this.resources.has(id)) this.setLimits(nowUs, id, {});
      return this.resources.get(id) ?? [];
    });
    const known = this.find(spec.id);
    const deployment = known ?? new ScheduledDeployment(spec, resources, this.#levels);
    this.#leaving.delete(spec.id);
    this.deployments.set(spec.id, deployment);
    deployment.weight = spec.weight;
    if (known === undefined) {
      for (const resource of resources) resource.deployments.push(deployment);
      this.#poolOf(deployment).deployments.push(deployment);
      return;
    }
    this.#relink(nowUs, deployment, resources);
    this.#regroup(deployment, spec.group);
  }

  /** What runs there takes its places along; what it was charged stays in the buckets that it was taken from. */
  #relink(nowUs: number, deployment: ScheduledDeployment, resources: readonly Resource[]): void {
    const before = deployment.resources;
    if (before.length === resources.length && resources.every((resource) => before.includes(resource))) return;
    for (const resource of before) {
      remove(resource.deployments, deployment);
      resource.inFlight -= deployment.inFlight;
    }
    for (const resource of resources) {
      resource.deployments.push(deployment);
      resource.inFlight += deployment.inFlight;
    }
    deployment.resources = resources;
    deployment.told?.setRates(nowUs, deployment.rates);
  }

  #regroup(deployment: ScheduledDeployment, group: string): void {
    if (deployment.group === group) return;
    const before = this.#poolOf(deployment);
    deployment.group = group;
    const pool = this.#poolOf(deployment);
    if (pool === before) return;
    remove(before.deployments, deployment);
    pool.deployments.push(deployment);
  }

  /** Nobody joins a lane any more that names somebody who leaves, or that is ordered with others than its deployments are. */
  #closeLanes(): void {
    const isInPlace = (lane: Lane): boolean =>
      lane.deployments.every(
        (deployment) => this.deployments.get(deployment.id) === deployment && this.#poolOf(deployment) === lane.pool,
      );
    for (const lane of this.lanes.values()) if (!isInPlace(lane)) this.#closed.add(lane);
    for (const [asked, lane] of this.#laneOf) if (this.#closed.has(lane)) this.#laneOf.delete(asked);
  }

  /** Pools without lanes and deployments, and resources without limits to keep and without users. */
  #forgetUnused(): void {
    for (const [id, { deployments, inFlight }] of this.resources) {
      if (!this.#configured.has(id) && deployments.length === 0 && inFlight === 0) this.resources.delete(id);
    }
    const groups = new Set([...this.deployments.values(), ...this.#leaving.values()].map(({ group }) => group));
    for (const [group, pool] of this.#poolOfGroup) {
      if (!groups.has(group) && pool.lanes.length === 0) this.#poolOfGroup.delete(group);
    }
    const mapped = new Set(this.#poolOfGroup.values());
    for (const pool of [...this.pools]) if (!mapped.has(pool) && pool.lanes.length === 0) remove(this.pools, pool);
    this.#changed();
  }

  #addLane(ids: readonly string[]): Lane {
    const deployments = ids.map((id) => this.deployments.get(id)).filter((deployment) => deployment !== undefined);
    const [first, ...others] = deployments;
    const pool = first === undefined ? this.#poolNamed("") : this.#poolOf(first);
    for (const other of others) this.#join(pool, this.#poolOf(other));
    const lane = new Lane(this.#lanesMade as LaneId, deployments, pool, this.#levels);
    this.#lanesMade += 1;
    this.lanes.set(lane.id, lane);
    pool.lanes.push(lane);
    this.#laneOf.set(ids.toSorted().join("\n"), lane);
    this.#changed();
    return lane;
  }

  #poolOf({ group }: ScheduledDeployment): Pool {
    return this.#poolNamed(group);
  }

  #poolNamed(group: string): Pool {
    const known = this.#poolOfGroup.get(group);
    if (known !== undefined) return known;
    const pool = new Pool(group, this.#levels);
    this.pools.push(pool);
    this.#poolOfGroup.set(group, pool);
    return pool;
  }

  /** A lane across two pools makes one of them, so that whoever may go to the same place is ordered together. */
  #join(pool: Pool, other: Pool): void {
    // Queues are not moved: two pools that both have work stay two, and limits hold all the same.
    if (pool === other || other.queued > 0) return;
    for (const lane of other.lanes) lane.pool = pool;
    pool.lanes.push(...other.lanes.splice(0));
    pool.deployments.push(...other.deployments.splice(0));
    for (const [group, owner] of this.#poolOfGroup) if (owner === other) this.#poolOfGroup.set(group, pool);
    this.pools.splice(this.pools.indexOf(other), 1);
  }

  #changed(): void {
    for (const lane of this.lanes.values()) lane.bottlenecks = undefined;
    this.#reachedBy.clear();
  }
}

function remove<Item>(items: Item[], item: Item): void {
  const index = items.indexOf(item);
  if (index >= 0) items.splice(index, 1);
}
