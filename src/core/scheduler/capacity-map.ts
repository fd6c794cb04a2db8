import type { CapacityLimits, DeploymentSpec } from "#core/scheduler/capacity.ts";
import { Lane } from "#core/scheduler/lane.ts";
import type { LaneId } from "#core/scheduler/offer.ts";
import { Pool } from "#core/scheduler/pool.ts";
import { Resource } from "#core/scheduler/resource.ts";
import { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";

/** Everything that has capacity, by name, and the lanes and pools through which it is reached. */
export class CapacityMap {
  readonly resources = new Map<string, Resource>();
  readonly deployments = new Map<string, ScheduledDeployment>();
  readonly pools: Pool[] = [];
  readonly lanes: Lane[] = [];
  readonly #levels: number;
  readonly #poolOfGroup = new Map<string, Pool>();
  readonly #laneOf = new Map<string, Lane>();
  readonly #reachedBy = new Map<ScheduledDeployment, readonly Pool[]>();

  constructor(levels: number) {
    this.#levels = levels;
  }

  /** Declares a resource or gives it new limits. */
  setLimits(nowUs: number, id: string, limits: CapacityLimits): void {
    const known = this.resources.get(id);
    if (known === undefined) this.resources.set(id, new Resource(nowUs, id, limits));
    else known.setLimits(nowUs, limits);
    for (const deployment of known?.deployments ?? []) deployment.told?.setRates(nowUs, deployment.rates);
  }

  /** Declares a deployment; of one that is known the weight alone changes. A resource nobody declared has no limits. */
  add(nowUs: number, spec: DeploymentSpec): void {
    const known = this.deployments.get(spec.id);
    if (known !== undefined) {
      known.weight = spec.weight;
      return;
    }
    const resources = spec.resources.map((id) => {
      if (!this.resources.has(id)) this.setLimits(nowUs, id, {});
      return this.resources.get(id);
    });
    const deployment = new ScheduledDeployment(
      spec,
      resources.filter((resource) => resource !== undefined),
      this.#levels,
    );
    for (const resource of deployment.resources) resource.deployments.push(deployment);
    this.deployments.set(spec.id, deployment);
    this.#poolOf(deployment).deployments.push(deployment);
    this.#changed();
  }

  /** The lane of these deployments; the same for the same set, whatever its order. Unknown ones do not count. */
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
    const lanes = this.lanes.filter((lane) => lane.deployments.some((other) => touched.has(other)));
    const pools = [...new Set(lanes.map(({ pool }) => pool))];
    this.#reachedBy.set(deployment, pools);
    return pools;
  }

  #addLane(ids: readonly string[]): Lane {
    const deployments = ids.map((id) => this.deployments.get(id)).filter((deployment) => deployment !== undefined);
    const [first, ...others] = deployments;
    const pool = first === undefined ? this.#poolNamed("") : this.#poolOf(first);
    for (const other of others) this.#join(pool, this.#poolOf(other));
    const lane = new Lane(this.lanes.length as LaneId, deployments, pool, this.#levels);
    this.lanes.push(lane);
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
    for (const lane of this.lanes) lane.bottlenecks = undefined;
    this.#reachedBy.clear();
  }
}
