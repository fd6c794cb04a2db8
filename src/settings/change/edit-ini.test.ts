import { expect, test } from "bun:test";
import fc from "fast-check";
import gatewayTemplate from "../../../config/dev/gateway.ini" with { type: "text" };
import { setIniValue } from "#settings/change/edit-ini.ts";
import { readIniLayer } from "#settings/layers/ini-layer.ts";

const valueIn = (text: string, key: string): unknown =>
  readIniLayer("gateway.ini", "", text).entries.find((entry) => entry.key === key)?.value;

test("a line that holds the key is changed, comments and order kept", () => {
  const text = "; mine\r\n[gateway]\r\nport = 1 ; first\r\nhost = a\r\n";
  expect(setIniValue(text, "gateway.port", "2")).toBe(text.replace("= 1", "= 2"));
  expect(setIniValue(text, "gateway.port", "1")).toBe(text);
});

test("a commented line of the template is activated, a comment of somebody else is not", () => {
  expect(setIniValue("[gateway]\n# Port.\n# port = 8081\n", "gateway.port", "9")).toBe(
    "[gateway]\n# Port.\nport = 9\n",
  );
  const noted = "[gateway]\n# port = 80 is what ops wants\n# host = 127.0.0.1\n";
  expect(setIniValue(noted, "gateway.port", "9")).toBe(noted.replace("[gateway]\n", "[gateway]\nport = 9\n"));
  const apart = "[gateway]\n\n# [elsewhere]\n# port = 8081\n";
  expect(setIniValue(apart, "gateway.port", "9")).toBe("[gateway]\nport = 9\n\n# [elsewhere]\n# port = 8081\n");
});

test("a key goes behind the last one of its section, else into a section at the end", () => {
  const text = "[providers.x]\ntype = loopback ; kind\n\n# about routes\n[routes]\na = x";
  expect(setIniValue(text, "provider.x.enabled", "no")).toBe(text.replace("; kind\n", "; kind\nenabled = no\n"));
  expect(setIniValue(text, "routes.gpt-4.1", "x")).toBe(`${text}\ngpt-4.1 = x\n`);
  expect(setIniValue(text, "provider.y.gpt-4.1.max_rps", "3")).toBe(`${text}\n\n[provider.y.gpt-4.1]\nmax_rps = 3\n`);
  expect(setIniValue("", "routes.a", "x")).toBe("[routes]\na = x\n");
});

test("a key outside sections comes before the first of them", () => {
  expect(setIniValue("# head\n[gateway]\nport = 1\n", "email", "a@b")).toBe(
    "email = a@b\n# head\n[gateway]\nport = 1\n",
  );
  expect(setIniValue("log_level = info\n[gateway]\n", "email", "a@b")).toBe(
    "log_level = info\nemail = a@b\n[gateway]\n",
  );
  expect(setIniValue("publish_name = x\n", "publish.name", "y")).toBe("publish_name = y\n");
});

test("a byte order mark stays the first letter of the file", () => {
  for (const text of ["port = 1\n", "[gateway]\nport = 1\n", "# head\n[gateway]\n", ""]) {
    for (const key of ["email", "gateway.port", "gateway.host"]) {
      expect(setIniValue(`\uFEFF${text}`, key, "2")).toBe(`\uFEFF${setIniValue(text, key, "2")}`);
    }
  }
});

test("a name that no line can hold is refused", () => {
  for (const key of ["routes.a=b", "routes.#a", "routes.[a", 'routes."a"', "routes.a\nb"]) {
    expect(() => setIniValue("", key, "x")).toThrow("cannot stand in an INI file");
  }
});

const keys = [
  "email",
  "gateway.port",
  "gateway.auth.enabled",
  "provider.x.api_key",
  "provider.x.m.1.type",
  "routes.a-*",
];
const pieces = [
  ...["# head", "", "[gateway]", "# port = 8081", "port = 7 # seven", "[gateway.auth]", "enabled = on", "\t; note"],
  ...["[provider.x]", "type = loopback", "[routes]", "b = x", "# [routes]", "# a-* = openai", "email = q"],
];
const texts = fc.oneof(
  fc.constant(gatewayTemplate),
  fc
    .tuple(fc.array(fc.constantFrom(...pieces)), fc.constantFrom("\n", "\r\n"), fc.boolean())
    .map(([lines, end, isEnded]) => lines.join(end) + (isEnded ? end : "")),
);
const values = fc.string({ unit: "grapheme-ascii", minLength: 1 });

/** What of the old text is not at the same end of the new one. */
function changedPart(before: string, after: string): string {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return before.slice(head, before.length - tail);
}

test("editing twice is editing once, and all other lines stay byte for byte", () => {
  fc.assert(
    fc.property(texts, fc.constantFrom(...keys), values, (before, key, value) => {
      const after = setIniValue(before, key, value);
      expect(valueIn(after, key)).toBe(value);
      expect(setIniValue(after, key, value)).toBe(after);
      // All that differs lies within one line of the old text.
      expect(changedPart(before, after)).not.toContain("\n");
    }),
  );
});
