import { expect, test } from "bun:test";
import { ask, at, atOnce, bench, ended, one, topologyOf } from "#core/admission/admission-bench.test-data.ts";

test("whoever waits when everything is declared anew goes where it was going, in its turn", async () => {
  const { admission } = bench(one);
  const first = atOnce(admission.admit(ask()));
  const second = admission.admit(ask({ id: "req_2" }));
  admission.redeclare(topologyOf({}, ["b"]));
  const elsewhere = atOnce(admission.admit(ask({ id: "req_3", to: [at("b")] })));
  expect([admission.isWaiting("req_2"), elsewhere.candidate.provider.name]).toEqual([true, "b"]);
  first.release(ended);
  const lease = await second;
  expect(lease.candidate.provider.name).toBe("a");
  lease.release(ended);
  elsewhere.release(ended);
  expect(admission.state().inFlight).toBe(0);
});

test("places taken before count against the limits declared anew", async () => {
  const { admission } = bench({ a: { concurrent: 2 } });
  const before = atOnce(admission.admit(ask()));
  admission.redeclare(topologyOf(one));
  const next = admission.admit(ask({ id: "req_2" }));
  expect(admission.isWaiting("req_2")).toBe(true);
  before.release(ended);
  (await next).release(ended);
});

test("models beyond those remembered one by one keep their name in a reload while they wait", async () => {
  const { admission } = bench({});
  for (let model = 0; model < 1_000; model += 1) {
    atOnce(admission.admit(ask({ to: [at("a", `found-${model}`)] }))).release(ended);
  }
  admission.change((machine, nowUs) => machine.rateLimited(nowUs, "a/other", nowUs + 1_000_000));
  atOnce(admission.admit(ask({ to: [at("a", "one-more")] }))).release(ended);
  admission.change((machine, nowUs) => machine.rateLimited(nowUs, "a/other", nowUs + 1_000_000));
  const waiting = admission.admit(ask({ id: "req_2", to: [at("a", "one-more")] }));
  expect(admission.isWaiting("req_2")).toBe(true);
  admission.redeclare(topologyOf({}));
  admission.change((machine, nowUs) => machine.tick(nowUs + 2_000_000));
  expect((await waiting).candidate.model).toBe("one-more");
});

test("a deployment that is out of order is so after it was declared anew", () => {
  const { admission, health, healthChanged } = bench({});
  healthChanged("a/m", "open");
  admission.redeclare(topologyOf({}));
  expect(atOnce(admission.admit(ask({ to: [at("a"), at("b")] }))).candidate.provider.name).toBe("b");
  expect(health.get("a/m")).toBe("open");
});

test("who asks again where the configuration names nobody any more is held to the limits that were there, as are those who wait", async () => {
  const { admission } = bench(one);
  const first = atOnce(admission.admit(ask()));
  const second = admission.admit(ask({ id: "req_2" }));
  admission.redeclare(topologyOf({}, ["b"]));
  const again = admission.admit(ask({ id: "req_3" }));
  expect([admission.isWaiting("req_2"), admission.isWaiting("req_3")]).toEqual([true, true]);
  for (const next of [Promise.resolve(first), second, again]) (await next).release(ended);
  expect(admission.state().inFlight).toBe(0);
});

test("whoever waits where nobody new goes hears that health is back there", async () => {
  const { admission, clock, healthChanged } = bench(one);
  const first = atOnce(admission.admit(ask()));
  const second = admission.admit(ask({ id: "req_2" }));
  healthChanged("a/m", "half-open");
  admission.redeclare(topologyOf({}, ["b"]));
  healthChanged("a/m", "closed");
  const { pools } = admission.state();
  const health = pools.flatMap(({ deployments }) => deployments.map(({ id, health }) => [id, health]));
  expect(health).toContainEqual(["a/m", "closed"]);
  first.release(ended);
  (await second).release(ended);
  expect(clock.pending).toBe(0);
});

test("a pause that the key before was told of ends with it, and what that key is told later is not heard", async () => {
  const { admission, clock, retired } = bench({ a: { requestsPerSecond: 10 } });
  const before = at("a");
  const [first, second] = [
    atOnce(admission.admit(ask({ to: [before] }))),
    atOnce(admission.admit(ask({ id: "req_2" }))),
  ];
  first.rateLimited(60_000);
  const waiting = admission.admit(ask({ id: "req_3" }));
  expect(admission.isWaiting("req_3")).toBe(true);
  admission.redeclare(topologyOf({ a: { requestsPerSecond: 10 } }));
  retired.add(before.provider);
  admission.startAfresh("a");
  second.rateLimited(60_000);
  second.told({ requests: { remaining: 0, resetInUs: 60_000_000 } });
  clock.advance(1_000);
  (await waiting).release(ended);
  for (const lease of [first, second]) lease.release(ended);
});
