import { expect, test } from "bun:test";
import fc from "fast-check";
import { dataUrlOf, mediaSourceOf, standardBase64 } from "#core/wire/data-url.ts";

test("pitfall 25 base64 of either alphabet, padded or not, becomes standard", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const standard = bytes.toBase64();
      const forms = [
        standard,
        bytes.toBase64({ alphabet: "base64url", omitPadding: true }),
        bytes.toBase64({ alphabet: "base64url" }),
        bytes.toBase64({ omitPadding: true }),
        standard.replaceAll(/(.{10})/g, "$1\n"),
      ];
      for (const form of forms) expect(standardBase64(form)).toBe(standard);
    }),
  );
});

test("a data: URL is taken apart and put together again, any other URL is kept", () => {
  const source = { type: "data", mimeType: "image/png", base64: "AAAA" } as const;
  expect(mediaSourceOf("data:image/png;base64,AAAA")).toEqual(source);
  expect(mediaSourceOf("DATA:image/PNG;charset=x;BASE64,AAAA")).toEqual(source);
  expect(dataUrlOf(source)).toBe("data:image/png;base64,AAAA");
  for (const url of ["https://a.example/b.png", "data:text/plain,hi", "data:"]) {
    expect(mediaSourceOf(url)).toEqual({ type: "url", url });
  }
});
