import { expect, test } from "bun:test";
import fc from "fast-check";
import { decideToken, unwrapToken, type WrappedToken, wrapToken } from "#core/wire/opaque-token.ts";

const kinds = ["signature", "redacted", "encrypted", "thought", "unsigned"] as const;

test("what is wrapped is standard base64 and comes back as it was, whatever the names and data", () => {
  const token: fc.Arbitrary<WrappedToken> = fc.record({
    provider: fc.string({ unit: "grapheme", minLength: 1 }),
    kind: fc.constantFrom(...kinds),
    data: fc.string({ unit: "grapheme" }),
  });
  fc.assert(
    fc.property(token, (original) => {
      const wrapped = wrapToken(original);
      expect(wrapped).toMatch(/^dGsxO[A-Za-z0-9+/]*={0,2}$/);
      expect(wrapped.length % 4).toBe(0);
      expect(unwrapToken(wrapped)).toEqual(original);
    }),
  );
});

test("a provider's own token is never taken for a wrapped one", () => {
  const own = ["", "dGsxO", "dGsxOg==", "gAAAAABo", "EqQBCkYIBhgC", "skip_thought_signature_validator", "dGsxO%%%"];
  const odd = ["tk1:p:other:x", "tk1::signature:x", "tk1:%E0%A4%A:signature:x", "tk1:p:signature"];
  for (const token of [...own, ...odd.map((text) => new TextEncoder().encode(text).toBase64())]) {
    expect(unwrapToken(token)).toBeUndefined();
  }
});

test("pitfall 38, T-18: a forwarded body keeps only tokens of the provider it goes to, unwrapped", () => {
  const wrapped = (provider: string, kind: WrappedToken["kind"]): string => wrapToken({ provider, kind, data: "raw" });
  expect(decideToken(wrapped("a", "signature"), "a", undefined)).toEqual({ replace: "raw" });
  expect(decideToken(wrapped("b", "signature"), "a", undefined)).toBe("drop");
  expect(decideToken(wrapped("a", "unsigned"), "a", undefined)).toBe("drop");
  expect(decideToken("own", "a", undefined)).toBe("keep");
  expect(decideToken("own", "a", "a")).toBe("keep");
  expect(decideToken("own", "a", "b")).toBe("drop");
});

test("a token that another gateway wrapped belongs to the provider that gave it", () => {
  const theirs = wrapToken({ provider: "elsewhere", kind: "signature", data: "raw" });
  expect(decideToken(theirs, "a", "a")).toBe("keep");
  expect(decideToken(wrapToken({ provider: "a", kind: "signature", data: theirs }), "a", undefined)).toEqual({
    replace: theirs,
  });
});
