import { expect, test } from "bun:test";
import { bytes } from "#http/plain-codec.ts";
import { testDoors } from "#http/test-doors.ts";

const body = '{"model":"gpt-x","stream":false}';
const codings = { gzip: Bun.gzipSync, "x-gzip": Bun.gzipSync, zstd: Bun.zstdCompressSync };

async function send(coding: string, coded: Uint8Array, maxBodyBytes = 1000) {
  const doors = testDoors({}, { maxBodyBytes });
  const response = await doors.send("/v1/chat/completions", {
    method: "POST",
    body: coded,
    headers: { "content-type": "application/json", "content-encoding": coding, "x-api-key": "caller" },
  });
  return { response, calls: doors.gateway.calls };
}

test.each(Object.entries(codings))("a body in %s is read", async (coding, encode) => {
  const { response, calls } = await send(coding.toUpperCase(), encode(body));
  expect(response.status).toBe(200);
  expect(new TextDecoder().decode(calls[0]?.body.bytes)).toBe(body);
});

test.each(Object.entries(codings))(
  "a small body in %s that grows beyond the limit is 413, not memory",
  async (coding, encode) => {
    const bomb = encode(`{"model":"${"x".repeat(1_000_000)}"}`);
    expect(bomb.byteLength).toBeLessThan(5000);
    const { response, calls } = await send(coding, bomb, 5000);
    expect(response.status).toBe(413);
    expect(calls).toEqual([]);
  },
);

test.each(Object.entries(codings))(
  "a body that is not %s, or only the beginning of it, is 400",
  async (coding, encode) => {
    expect((await send(coding, bytes(body))).response.status).toBe(400);
    expect((await send(coding, encode(body).subarray(0, 12))).response.status).toBe(400);
  },
);
