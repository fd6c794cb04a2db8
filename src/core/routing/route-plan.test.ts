import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { deploymentIdOf } from "#core/routing/deployment-id.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";
import { WeightedChoice } from "#core/routing/weighted-choice.ts";

const openai = stubProvider("openai");
const azure = stubProvider("azure");
const local = stubProvider("local", ["llama3", "qwen"]);

function plan(routes: Record<string, string>): RoutePlan {
  return new RoutePlan(
    Object.entries(routes).map(([pattern, text]) => parseRoute(pattern, text)),
    [openai, azure, local],
  );
}

function order(routes: RoutePlan, model: string): string[] {
  return routes.deployments(model).map((deployment) => `${deployment.provider.name}/${deployment.model}`);
}

test("an exact name wins over every pattern, whatever the order of the lines", () => {
  expect(order(plan({ "*": "azure", "gpt-*": "azure", "gpt-4o": "openai" }), "gpt-4o")).toEqual(["openai/gpt-4o"]);
});

test("the most specific pattern wins; equal ones in order of declaration", () => {
  const routes = plan({ "*": "azure", "gpt-*": "azure", "gpt-4*": "openai", "*pt-4o": "azure" });
  expect(order(routes, "gpt-4.1")).toEqual(["openai/gpt-4.1"]);
  expect(order(plan({ "a*": "openai", "*a": "azure" }), "aa")).toEqual(["openai/aa"]);
});

test("an unknown model is not found, never answered by something else", () => {
  expect(() => plan({ "gpt-*": "openai" }).deployments("claude")).toThrow(
    expect.objectContaining({ code: "model_not_found" }),
  );
});

test("a name longer than any model's is no model, whatever pattern it fits, and is not said back whole", () => {
  const routes = plan({ "*": "openai" });
  expect(order(routes, "m".repeat(2048))).toHaveLength(1);
  const long = "[".repeat(2049);
  expect(routes.accepts(long)).toBe(false);
  expect(() => routes.deployments(long)).toThrow(
    expect.objectContaining({ code: "model_not_found", message: expect.not.stringContaining("[".repeat(201)) }),
  );
});

test("a provider's list of models limits what is routed to it", () => {
  const routes = plan({ "*": "local" });
  expect(routes.accepts("llama3")).toBe(true);
  expect(routes.accepts("gpt-4o")).toBe(false);
});

test("a fallback follows the pool before it; a pool takes turns", () => {
  const routes = plan({ m: "openai | azure, local/qwen" });
  expect(order(routes, "m")).toEqual(["openai/m", "azure/m", "local/qwen"]);
  expect(order(routes, "m")).toEqual(["azure/m", "openai/m", "local/qwen"]);
});

test("weights spread first choices exactly, the others follow as fallback", () => {
  const routes = plan({ fast: "openai/a@3, azure/b@1" });
  const firsts = Array.from({ length: 8 }, () => order(routes, "fast"));
  expect(firsts.filter((list) => list[0] === "openai/a")).toHaveLength(6);
  expect(firsts.every((list) => list.length === 2)).toBe(true);
});

test("weighted choices are exact over every full round and never burst beyond need", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 }), (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      fc.pre(total > 0);
      const choice = new WeightedChoice(weights);
      const counts = weights.map(() => 0);
      for (let turn = 0; turn < total; turn++) {
        const index = choice.next();
        counts[index] = (counts[index] ?? 0) + 1;
      }
      expect(counts).toEqual(weights.length === 1 ? [total] : weights);
    }),
  );
});

describe("pools and keys", () => {
  const key = (account: number) => ({ ...stubProvider("eu"), account });
  const keys = [key(1), key(2), key(3)];
  const keyed = (text: string): RoutePlan => new RoutePlan([parseRoute("m", text)], [...keys, azure, openai]);
  const ids = (routes: RoutePlan): string[] =>
    routes.deployments("m").map((deployment) => `${deployment.pool} ${deploymentIdOf(deployment)}`);

  test("pools survive, numbered in the order in which they are tried", () => {
    expect(ids(keyed("azure/a | openai/b, azure/c"))).toEqual(["0 azure/a", "0 openai/b", "1 azure/c"]);
    const turns = keyed("azure/a@1, openai/b@1");
    expect(ids(turns)).toEqual(["0 azure/a", "1 openai/b"]);
    expect(ids(turns)).toEqual(["0 openai/b", "1 azure/a"]);
  });

  test("a pool that nobody of serves the model has no number", () => {
    const routes = new RoutePlan([parseRoute("*", "local, openai")], [local, openai]);
    expect(routes.deployments("gpt").map(({ pool }) => pool)).toEqual([0]);
  });

  test("T-46 several keys of one provider are deployments of one pool and take turns", () => {
    const routes = keyed("eu, azure");
    expect(ids(routes)).toEqual(["0 eu#1/m", "0 eu#2/m", "0 eu#3/m", "1 azure/m"]);
    expect([ids(routes)[0], ids(routes)[0], ids(routes)[0]]).toEqual(["0 eu#2/m", "0 eu#3/m", "0 eu#1/m"]);
  });

  test("further keys take nothing from the share of the pool's other targets", () => {
    const routes = keyed("eu@3 | azure@1");
    const firsts = Array.from({ length: 12 }, () => routes.deployments("m")[0]?.provider.name);
    expect(firsts.filter((name) => name === "eu")).toHaveLength(9);
    expect(routes.deployments("m").map(({ weight }) => weight)).toEqual(expect.arrayContaining([3, 3, 3, 3]));
  });

  test("shares stay whole numbers from 1 to 1000", () => {
    const weights = keyed("eu@1000 | azure@999 | openai@1")
      .deployments("m")
      .map(({ weight }) => weight);
    expect(weights.every((weight) => Number.isInteger(weight) && weight >= 1 && weight <= 1000)).toBe(true);
  });

  test("an explained route says how often each pool goes first, as calls then do", () => {
    const sharesOf = (text: string) => {
      const routes = plan({ m: text, "*": text });
      return ["m", "other"].map((model) => {
        const firsts = Array.from({ length: 8 }, () => routes.deployments(model)[0]?.provider.name);
        return [routes.explain(model)?.weights, Map.groupBy(firsts, String)] as const;
      });
    };
    const counts = (text: string) =>
      sharesOf(text).map(([weights, firsts]) => [
        weights,
        ...[...firsts].map(([name, calls]) => `${name} ${calls.length}`),
      ]);
    expect(counts("openai@3, azure@1")[0]).toEqual([[3, 1], "openai 6", "azure 2"]);
    expect(counts("openai, azure")[0]).toEqual([undefined, "openai 8"]);
    expect(counts("openai, azure@1")[0]).toEqual([[0, 1], "azure 8"]);
    // "local" has no such model: its turns fall to the first that has.
    expect(counts("local@2, openai@1, azure@1")[1]).toEqual([[3, 1], "openai 6", "azure 2"]);
  });

  test("to explain a route takes nobody's turn", () => {
    const routes = keyed("azure/a | openai/b, eu");
    for (let turn = 0; turn < 3; turn += 1) {
      const { pattern, pools } = routes.explain("m") ?? { pattern: "", pools: [] };
      const names = pools.map((pool) => pool.map(deploymentIdOf));
      expect([pattern, names.flat().map(String)]).toEqual(["m", ["azure/a", "openai/b", "eu#1/m", "eu#2/m", "eu#3/m"]]);
    }
    expect(ids(routes)[0]).toBe("0 azure/a");
    expect(routes.explain("nope")).toBeUndefined();
  });
});
