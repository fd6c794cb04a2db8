import { expect, test } from "bun:test";
import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatRequest, MediaPart, Part } from "#core/chat/request.ts";
import { AttachedMedia } from "#core/routing/attached-media.ts";
import { modelCall } from "#core/test-gateway.ts";

const { signal } = new AbortController();

function asking(parts: readonly Part[]): { readonly operation: "chat"; readonly chat: ChatRequest } {
  const { request } = modelCall(signal, "m");
  if (request.operation !== "chat") throw new Error("A chat call is expected.");
  return { operation: "chat", chat: { ...request.chat, messages: [{ role: "user", parts }] } };
}

const picture = (url: string, kind: MediaPart["kind"] = "image"): MediaPart => ({
  type: "media",
  kind,
  source: { type: "url", url },
  path: `at ${url}`,
});

/** Fetches anything: the bytes are the address itself. */
function fetcher(asked: string[] = []) {
  return new AttachedMedia({
    async fetch(url, path) {
      asked.push(`${url} ${path}`);
      return { mimeType: "image/png", base64: btoa(url) };
    },
  });
}

const all = (): boolean => true;
const partsOf = (request: CanonicalRequest) =>
  request.operation === "embeddings" ? [] : request.chat.messages.flatMap(({ parts }) => parts);
const data = (url: string) => ({ type: "data", mimeType: "image/png", base64: btoa(url) });

test("pictures named by URL become bytes wherever they stand, each address fetched once", async () => {
  const asked: string[] = [];
  const attached = fetcher(asked);
  const result: Part = { type: "tool-result", callId: "c", parts: [picture("https://b/2")] };
  const request = asking([picture("https://a/1"), result, picture("https://a/1")]);
  const parts = partsOf(await attached.attach(request, all, signal));
  expect(parts).toMatchObject([
    { source: data("https://a/1") },
    { type: "tool-result", parts: [{ source: data("https://b/2") }] },
    { source: data("https://a/1") },
  ]);
  await attached.attach(request, all, signal);
  expect(asked).toEqual(["https://a/1 at https://a/1", "https://b/2 at https://b/2"]);
});

test("films, buckets and what is bytes already are left alone, and then the request is the very same", async () => {
  const asked: string[] = [];
  const bytes: Part = { ...picture("x"), source: { type: "data", mimeType: "image/png", base64: "" } };
  const request = asking([picture("https://youtu.be/x", "video"), picture("gs://bucket/x"), bytes]);
  expect(await fetcher(asked).attach(request, all, signal)).toBe(request);
  expect(asked).toEqual([]);
});

test("what could not be fetched is asked for again by the next attempt", async () => {
  let attempts = 0;
  const attached = new AttachedMedia({
    async fetch() {
      attempts += 1;
      if (attempts === 1) throw new Error("down");
      return { mimeType: "image/png", base64: "" };
    },
  });
  const request = asking([picture("https://a/1")]);
  await expect(attached.attach(request, all, signal)).rejects.toThrow("down");
  expect(partsOf(await attached.attach(request, all, signal))).toMatchObject([{ source: { type: "data" } }]);
});

test("only what the provider needs is fetched: a document for one that takes pictures by URL", async () => {
  const asked: string[] = [];
  const attached = fetcher(asked);
  const request = asking([picture("https://a/1"), picture("https://a/2", "file")]);
  const filesOnly = partsOf(await attached.attach(request, (kind) => kind === "file", signal));
  expect(filesOnly).toMatchObject([{ source: { type: "url" } }, { source: data("https://a/2") }]);
  expect(asked).toEqual(["https://a/2 at https://a/2"]);
  const picturesOnly = partsOf(await attached.attach(request, (kind) => kind === "image", signal));
  expect(picturesOnly).toMatchObject([{ source: data("https://a/1") }, { source: { type: "url" } }]);
});

test("when one cannot be had the others are not fetched any more", async () => {
  const reasons: unknown[] = [];
  const attached = new AttachedMedia({
    fetch: (url, _path, one) =>
      new Promise((_resolve, reject) => {
        one.addEventListener("abort", () => reasons.push(one.reason));
        if (url.endsWith("2")) reject(new Error("down"));
      }),
  });
  const request = asking([picture("https://a/1"), picture("https://a/2"), picture("https://a/3")]);
  await expect(attached.attach(request, all, signal)).rejects.toThrow("down");
  expect(reasons).toMatchObject([{ message: "down" }, { message: "down" }, { message: "down" }]);
});

test("one call has no more than 500 addresses fetched, and none when it names more", async () => {
  const asked: string[] = [];
  const many = Array.from({ length: 501 }, (_, index) => picture(`https://a/${index}`));
  await expect(fetcher(asked).attach(asking(many), all, signal)).rejects.toMatchObject({
    code: "invalid_request",
    details: { field: "at https://a/500" },
  });
  expect(asked).toEqual([]);
  await fetcher(asked).attach(asking(many.slice(1)), all, signal);
  expect(asked).toHaveLength(500);
});

test("several files are 128 MiB together at most; one alone may be larger", async () => {
  const large = "A".repeat(100 * 1024 * 1024);
  const attached = () => new AttachedMedia({ fetch: async () => ({ mimeType: "image/png", base64: large }) });
  const one = asking([picture("https://a/1")]);
  expect(partsOf(await attached().attach(one, all, signal))).toMatchObject([{ source: { type: "data" } }]);
  const two = asking([picture("https://a/1"), picture("https://a/2")]);
  await expect(attached().attach(two, all, signal)).rejects.toMatchObject({
    code: "invalid_request",
    details: { field: "at https://a/2" },
  });
});
