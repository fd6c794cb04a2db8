import { expect, test } from "bun:test";
import { hasLeftOut, withoutSecrets } from "#core/archive/configuration-text.ts";

const ini = `[gateway]
port = 8081 ; listening
tls_key = /etc/tls/key.pem
[provider.openai]
api_key = sk-canary ; ours
api_keys = sk-canary-1, \${OPENAI_KEY}
base_url = https://user:canary@host/v1
# api_key = sk-canary-old
[provider.azure]
api_key = \${AZURE_KEY}
secret_access_key = vault://kv/canary
[provider.openai.gpt-4o]
max_tokens_per_sec = 10
[mail]
smtp_url = smtp://mailer:canary@host
[hooks]
secret = canary
`;

test("F120: values that may be secret are taken out of INI, references and everything else stay", () => {
  const open = withoutSecrets("dev/gateway.ini", ini);
  expect(open?.text.replace("vault://kv/canary", "")).not.toContain("canary");
  expect(open?.leftOut).toEqual(
    ["api_key", "api_keys", "base_url", "api_key", "smtp_url", "secret"].map((key) => expect.stringContaining(key)),
  );
  expect(open?.text).toContain("api_key = ${AZURE_KEY}");
  expect(open?.text).toContain("secret_access_key = vault://kv/canary");
  expect(open?.text).toContain("max_tokens_per_sec = 10");
  expect(open?.text).toContain("tls_key = /etc/tls/key.pem");
  expect(hasLeftOut(open?.text ?? "")).toBe(true);
  expect(hasLeftOut(ini)).toBe(false);
});

test("F120: YAML and JSON that may hold a secret are not given at all", () => {
  expect(withoutSecrets("config.yaml", "gateway:\n  port: 1\n")).toEqual({
    text: "gateway:\n  port: 1\n",
    leftOut: [],
  });
  expect(withoutSecrets("config.yaml", "providers: {openai: {api_key: sk-canary}}")).toBeUndefined();
  expect(withoutSecrets("config.yaml", "api_key: ${OPENAI}\n")).toBeDefined();
  expect(withoutSecrets("config.yaml", "api_key: |\n  sk-canary\n")).toBeUndefined();
  expect(withoutSecrets("x.json", '{"token": "canary"}')).toBeUndefined();
  expect(withoutSecrets("tls/server.key", "-----BEGIN PRIVATE KEY-----")).toBeUndefined();
  expect(withoutSecrets("tls/server.pem", "anything")).toBeUndefined();
});
