import { expect, test } from "bun:test";
import { parseRoute } from "#core/routing/route-syntax.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { ProviderCapacity } from "#core/admission/named-deployments.ts";
import { Topology } from "#core/admission/topology.ts";

interface Said {
  readonly keys?: number;
  readonly models?: readonly string[];
  readonly limits?: CapacityLimits;
  readonly of?: Readonly<Record<string, CapacityLimits>>;
}

const provider = (name: string, { keys = 1, models = [], limits = {}, of = {} }: Said = {}): ProviderCapacity => ({
  name,
  keys,
  models,
  limits,
  modelLimits: new Map(Object.entries(of)),
});

const topology = (routes: Readonly<Record<string, string>>, ...providers: ProviderCapacity[]): Topology =>
  new Topology(
    Object.entries(routes).map(([pattern, text]) => parseRoute(pattern, text)),
    providers,
  );

const groupsOf = (subject: Topology): Record<string, string> =>
  Object.fromEntries([...subject.places()].map(({ spec }) => [spec.id, spec.group]));

const asked = (name: string, model: string) => ({ provider: { name }, model });

test("a deployment draws on its model's limits and on its provider's", () => {
  const subject = topology(
    { "gpt-4o": "a", other: "b" },
    provider("a", { limits: { concurrent: 5 }, of: { "gpt-4o": { tokensPerSecond: 100, contextTokens: 8_000 } } }),
    provider("b", { limits: { contextTokens: 4_000 } }),
  );
  expect(subject.resources).toEqual([
    { id: "a", limits: { concurrent: 5 } },
    { id: "a/gpt-4o", limits: { tokensPerSecond: 100, contextTokens: 8_000 } },
  ]);
  expect(subject.find(asked("a", "gpt-4o"))).toMatchObject({
    spec: { id: "a/gpt-4o", resources: ["a", "a/gpt-4o"] },
    contextTokens: 8_000,
    limited: true,
  });
  expect(subject.find(asked("b", "other"))).toMatchObject({ contextTokens: 4_000, limited: false });
});

test("the deployments of one pool are one group; those of a fallback are another", () => {
  const subject = topology({ m: "a/x | b/y, c/z" }, provider("a"), provider("b"), provider("c"));
  expect(groupsOf(subject)).toEqual({ "a/x": "a/x", "b/y": "a/x", "c/z": "c/z" });
});

test("a provider limited as a whole draws everything behind it into one group, which bears its name", () => {
  const subject = topology(
    { one: "a", two: "a | b", three: "b", four: "c" },
    provider("a", { limits: { requestsPerSecond: 1 } }),
    provider("b"),
    provider("c", { of: { four: { concurrent: 1 } } }),
  );
  expect(groupsOf(subject)).toEqual({
    "a/one": "a",
    "a/two": "a",
    "b/two": "a",
    "b/three": "b/three",
    "c/four": "c/four",
  });
});

test("several keys of a provider are deployments of one group that share its limits", () => {
  const subject = topology({ m: "a@3" }, provider("a", { keys: 2, of: { m: { concurrent: 2 } } }));
  expect([...subject.places()].map(({ spec }) => spec)).toEqual([
    { id: "a#1/m", resources: ["a/m"], weight: 3, group: "a/m" },
    { id: "a#2/m", resources: ["a/m"], weight: 3, group: "a/m" },
  ]);
  expect(subject.find({ provider: { name: "a", account: 2 }, model: "m" })).toMatchObject({ account: "a#2" });
});

test("a pattern names those models of its providers that it matches", () => {
  const subject = topology(
    { "gpt-*": "a | b/own" },
    provider("a", { models: ["gpt-1", "gpt-2", "claude"] }),
    provider("b"),
  );
  expect(groupsOf(subject)).toEqual({ "a/gpt-1": "a/gpt-1", "b/own": "a/gpt-1", "a/gpt-2": "a/gpt-1" });
});

test("a model that only a pattern names joins the group of its pool or of its provider when it is asked for", () => {
  const subject = topology(
    { "*": "a", "x-*": "b | c/fixed" },
    provider("a", { limits: { concurrent: 1 }, of: { known: { concurrent: 1 } } }),
    provider("b"),
    provider("c"),
  );
  const unknown = asked("a", "new");
  expect(subject.find(unknown)).toBeUndefined();
  expect(subject.add(unknown, [unknown]).spec).toMatchObject({ id: "a/new", resources: ["a"], group: "a" });
  expect(subject.find(unknown)).toBeDefined();
  const pool = [asked("b", "x-1"), asked("c", "fixed")];
  expect(subject.add(asked("b", "x-1"), pool).spec.group).toBe("c/fixed");
  const alone = [asked("b", "y-1"), asked("b", "y-2")].map((model) => subject.add(model, [model]).spec.group);
  expect(alone).toEqual(["b/*", "b/*"]);
  expect([subject.isNamed("a/known"), subject.isNamed("a/new"), subject.isNamed("a")]).toEqual([true, false, true]);
});

test("a thousand models nobody wrote down are remembered, those beyond are one deployment", () => {
  const subject = topology({ "*": "a" }, provider("a", { limits: { concurrent: 1 } }));
  for (let index = 0; index < 1_500; index += 1) subject.add(asked("a", `m${index}`), []);
  expect([...subject.places()].length).toBe(1_001);
  expect(subject.find(asked("a", "m1400"))).toBeUndefined();
  expect(subject.add(asked("a", "m1400"), [])).toMatchObject({ id: "a/other", spec: { resources: ["a"] } });
});
