import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "#core/errors.ts";
import { readYamlLayer } from "#settings/layers/yaml-layer.ts";
import { setYamlValue as setValueIn } from "#settings/yaml/edit-yaml.ts";

const setYamlValue = (text: string, key: string, value: unknown): string => setValueIn("c.yaml", text, key, value);

test("a value on one line is replaced and every other byte kept", () => {
  const text =
    "# ours\r\n\r\ngateway:\r\n    port:   1   # why\r\n    host: 'a'\r\nroutes: {a: x,   b:   y}\r\nlist: [ 1,2 ]\r\n";
  expect(setYamlValue(text, "gateway.port", 2)).toBe(text.replace("1   #", "2   #"));
  expect(setYamlValue(text, "gateway.port", 1)).toBe(text);
  expect(setYamlValue(text, "gateway.host", "b: #c")).toBe(text.replace("'a'", '"b: #c"'));
  expect(setYamlValue(text, "routes.a", "p, q}")).toBe(text.replace("a: x", 'a: "p, q}"'));
});

const texts = [
  "gateway:\n  host: 'a' # why\n  port: 1\n",
  "\uFEFFgateway: { host: a, port: 1 }\n",
  'gateway:\r\n  host: "x"\r\n  port: 1',
  "gateway:\n  host:\n  port: 1\n",
];
const odd = fc.string({ unit: fc.constantFrom(..."{}[],:#&*!|>'\"%@`-? a1~\\\u00a0\u2028") });

test("whatever the value, it is read back, and its neighbour too", () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.oneof(odd, fc.integer(), fc.boolean()), (text, value) => {
      const { entries } = readYamlLayer("config.yaml", "", setYamlValue(text, "gateway.host", value));
      const read = Object.fromEntries(entries.map((entry) => [entry.key, entry.value]));
      expect(read).toEqual({ "gateway.host": value, "gateway.port": 1 });
    }),
  );
});

test("a key that is added keeps comments and line ends", () => {
  const text = "# ours\r\ngateway:\r\n  port: 1 # why\r\n";
  expect(setYamlValue(text, "gateway.host", "h")).toBe(`${text}  host: h\r\n`);
});

test("T-51: a file that cannot take the key is named in one line, which quotes nothing of it", () => {
  for (const text of ["gateway: 5\n", "gateway: [1]\n", "a: &a { port: 1 }\ngateway: *a\n", "5\n", "- a\n"]) {
    expect(refusal(text)).toMatch(/^c\.yaml: gateway\.port: .* takes no keys$/);
  }
  expect(refusal("gateway:\n  api_key: sk-1: x\n")).toMatch(/^c\.yaml: .* at line 2, column \d+$/);
});

function refusal(text: string): string {
  try {
    return setYamlValue(text, "gateway.port", 2);
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === "config_invalid") return thrown.message;
    throw thrown;
  }
}
