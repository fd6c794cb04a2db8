import { expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { type AccessKey, type Signing, signatureHeaders } from "#integrations/providers/anthropic/signature-v4.ts";

/** The key and the time of AWS's published test suite for Signature Version 4. */
const key: AccessKey = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const signing: Signing = {
  method: "GET",
  url: "https://example.amazonaws.com/",
  headers: {},
  body: new Uint8Array(),
  region: "us-east-1",
  service: "service",
  nowMs: Date.UTC(2015, 7, 30, 12, 36),
};
const signatureOf = (changes: Partial<Signing>, by: AccessKey = key): string => {
  const { authorization = "" } = signatureHeaders(pureDigest, by, { ...signing, ...changes });
  return authorization;
};

test("the whole header is AWS's own for its get-vanilla example", () => {
  expect(signatureHeaders(pureDigest, key, signing)).toEqual({
    "x-amz-date": "20150830T123600Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, " +
      "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  });
});

test.each([
  ["post-vanilla", { method: "POST" }, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "get-vanilla-query-order-key-case",
    { url: "https://example.amazonaws.com/?Param2=value2&Param1=value1" },
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "post-x-www-form-urlencoded",
    {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new TextEncoder().encode("Param1=value1"),
    },
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  ],
] as const)("AWS's example %s has AWS's signature", (_name, changes, signature) => {
  expect(signatureOf(changes)).toEndWith(`Signature=${signature}`);
});

test("a temporary key's token is sent and signed, a body and a path change the signature", () => {
  const temporary = { ...key, sessionToken: "token" };
  expect(signatureHeaders(pureDigest, temporary, signing)["x-amz-security-token"]).toBe("token");
  expect(signatureOf({}, temporary)).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token");
  const path = "https://example.amazonaws.com/model/anthropic.claude-v2%3A1/invoke";
  const all = [
    signatureOf({}),
    signatureOf({}, temporary),
    signatureOf({ url: path }),
    signatureOf({ body: Uint8Array.of(1) }),
  ];
  expect(new Set(all).size).toBe(all.length);
});
