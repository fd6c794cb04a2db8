import { describe, expect, test } from "bun:test";
import { planProfile } from "#settings/change/plan-profile.ts";
import { configDir, inputOf, load, refusal } from "#settings/load-files.test-data.ts";

const lab = { "profiles/lab.yaml": "# Ours.\nbase: mid\ngateway:\n  port: 1\n" };
const mid = { "profiles/mid.yaml": "base: agent\ngateway: { port: 2, max_retries: 0 }\n" };

describe("a profile of one's own", () => {
  test("wins over its base, and that over its own, whoever chooses it", () => {
    const files = { ...lab, ...mid };
    for (const chosen of [
      load(files, { profileFlag: "lab" }),
      load(files, { environ: { TOKLIGENCE_PROFILE: "lab" } }),
      load({ ...files, "setting.ini": "profile = lab\n" }),
    ]) {
      expect(chosen.settings).toMatchObject({
        profile: "lab",
        gateway: { port: 1, maxRetries: 0, requestTimeoutMs: 300_000 },
      });
      const port = chosen.values.find(({ key }) => key === "gateway.port");
      expect(port).toMatchObject({ value: 1, layer: "profile", file: `${configDir}/profiles/lab.yaml`, line: 4 });
      expect(port?.weaker.map(({ file }) => file)).toEqual([
        `${configDir}/profiles/mid.yaml`,
        "profile agent",
        undefined,
      ]);
    }
  });

  test("T-51: what is wrong with it is said with file and line", () => {
    const file = `${configDir}/profiles/lab.yaml`;
    const of = (text: string): string => refusal({ ...mid, "profiles/lab.yaml": text }, { profileFlag: "lab" });
    expect(of("base: agemt\n")).toContain(`${file}:1: base: there is no profile "agemt"; did you mean "agent"?`);
    expect(of("\ngateway:\n  prot: 1\n")).toContain(
      `${file}:3: gateway.prot: unknown key; did you mean "gateway.port"?`,
    );
    expect(of("gateway: { port: many }\n")).toContain(`${file}:1: gateway.port: expected`);
    expect(of("environment: live\n")).toContain(`${file}:1: environment: has no place in a profile`);
    expect(of("gateway: [\n")).toContain(`${file}:2: `);
    expect(refusal({}, { profileFlag: "lab" })).toContain(`no ${file}`);
    expect(refusal({}, { profileFlag: "../../etc/x" })).not.toContain("yaml");
  });

  test("a circle of bases is refused at the line that closes it", () => {
    const files = { "profiles/a.yaml": "base: b\n", "profiles/b.yaml": "\nbase: a\n" };
    expect(refusal(files, { profileFlag: "a" })).toContain(
      `${configDir}/profiles/b.yaml:2: base: goes round in a circle: a -> b -> a`,
    );
  });
});

describe("profile create", () => {
  const asked = { name: "lab", base: "personal", summary: "Ours.", values: {} };

  test("writes its base and its values, typed", () => {
    const values = { "gateway.port": "9", "routes.gpt-4.1": "loopback" };
    expect(planProfile(inputOf({}), { ...asked, values })).toEqual({
      path: `${configDir}/profiles/lab.yaml`,
      text: "# Ours.\nbase: personal\ngateway:\n  port: 9\nroutes:\n  gpt-4.1: loopback\n",
    });
  });

  test.each([
    [{ name: "La b" }, "a-z, 0-9 and -"],
    [{ name: "team" }, "is shipped"],
    [{ base: "tema" }, 'did you mean "team"?'],
    [{ values: { "gateway.prot": "1" } }, 'did you mean "gateway.port"?'],
    [{ values: { "gateway.port": "many" } }, "profiles/lab.yaml:4: gateway.port: expected"],
  ])("T-51: refuses %j and says why", (wrong, why) => {
    expect(() => planProfile(inputOf({}), { ...asked, ...wrong })).toThrow(why);
  });

  test("never overwrites one", () => {
    expect(() => planProfile(inputOf(lab), asked)).toThrow("profiles/lab.yaml exists");
  });
});
