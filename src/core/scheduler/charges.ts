import type { CallTokens } from "#core/scheduler/offer.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";
import { type Run, type ScheduledRequest, serviceOf } from "#core/scheduler/scheduled-request.ts";

/** Takes what a request is expected to need: of every resource, of its tenant's turn and of its level's. It runs from now on. */
export function begin(
  nowUs: number,
  request: ScheduledRequest,
  deployment: ScheduledDeployment,
  byFloor: boolean,
  rules: SchedulingRules,
): void {
  const { lane, expected, weight, charge } = request;
  const level = lane.pool.levels[request.level];
  const place = lane.levels[request.level];
  if (level === undefined || place === undefined) return;
  const account = level.started(request, place);
  if (request.queue !== undefined) lane.pool.remove(request);
  const countsTokens = rules.capacityModel !== "simple";
  const service = serviceOf(expected, weight, rules.costPermille);
  const trialAfter = deployment.health === "closed" ? undefined : deployment.recoveries;
  const run: Run = {
    deployment,
    resources: deployment.resources,
    account,
    level,
    dispatchedUs: nowUs,
    trialAfter,
    byFloor,
    countsTokens,
    charged: expected,
    service,
  };
  request.run = run;
  deployment.inFlight += 1;
  if (trialAfter !== undefined) deployment.trials += 1;
  for (const resource of deployment.resources) {
    resource.inFlight += 1;
    resource.requests.spend(nowUs, 1);
  }
  deployment.told?.spend(nowUs, countsTokens ? charge : 0);
  countTokens(nowUs, request, run, charge, 1);
  level.charge(account, service);
  const units = countsTokens ? Math.max(1, charge) : 1;
  lane.pool.order.dispatched(nowUs, request.level, units, byFloor, rules);
}

/** Corrects what was taken to `tokens`, upward or downward, everywhere alike. */
export function correct(
  nowUs: number,
  request: ScheduledRequest,
  run: Run,
  tokens: CallTokens,
  rules: SchedulingRules,
): void {
  const change = totalOf(tokens) - totalOf(run.charged);
  const service = serviceOf(tokens, request.weight, rules.costPermille);
  countTokens(nowUs, request, run, change, 0);
  run.deployment.told?.correct(nowUs, run.dispatchedUs, run.countsTokens ? change : 0, 0);
  run.level.charge(run.account, service - run.service);
  if (run.countsTokens) request.lane.pool.order.corrected(request.level, change, run.byFloor, rules);
  run.charged = tokens;
  run.service = service;
}

/** Gives everything back, as if it had never gone. */
export function undo(nowUs: number, request: ScheduledRequest, run: Run, rules: SchedulingRules): void {
  const total = totalOf(run.charged);
  countTokens(nowUs, request, run, -total, -1);
  for (const resource of run.resources) resource.requests.spend(nowUs, -1);
  run.deployment.told?.correct(nowUs, run.dispatchedUs, run.countsTokens ? -total : 0, -1);
  run.level.charge(run.account, -run.service);
  request.lane.pool.order.corrected(request.level, run.countsTokens ? -Math.max(1, total) : -1, run.byFloor, rules);
}

/** Frees the place where it ran. */
export function leave({ deployment, account, level, trialAfter }: Run): void {
  deployment.inFlight -= 1;
  if (trialAfter === deployment.recoveries) deployment.trials -= 1;
  level.ended(account);
  for (const resource of deployment.resources) resource.inFlight -= 1;
}

function countTokens(nowUs: number, { level }: ScheduledRequest, run: Run, tokens: number, requests: number): void {
  run.deployment.served.add(nowUs, level, tokens, requests);
  run.account.served.add(nowUs, 0, tokens, requests);
  if (!run.countsTokens) return;
  for (const resource of run.resources) resource.tokens.spend(nowUs, tokens);
}

function totalOf({ inputTokens, outputTokens }: CallTokens): number {
  return inputTokens + outputTokens;
}
