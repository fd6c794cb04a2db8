import { expect, test } from "bun:test";
import { listeningUrl } from "#core/listening-url.ts";

test("the URL of a listener says whether it speaks TLS, and keeps an IPv6 address apart from the port", () => {
  expect(listeningUrl({ host: "127.0.0.1", port: 1 })).toBe("http://127.0.0.1:1");
  expect(listeningUrl({ host: "::1", port: 2, tls: {} })).toBe("https://[::1]:2");
});
