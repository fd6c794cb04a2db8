import { expect, test } from "bun:test";
import { chatBody } from "../harness/chat-text.ts";
import { eventually } from "../harness/eventually.ts";
import { startGateway } from "../harness/gateway.ts";
import { RawClient, rawChat } from "../harness/raw-client.ts";
import { sharedGateway } from "../harness/shared-gateway.ts";
import { completion, stream } from "../harness/upstream-script.ts";

const shared = sharedGateway(completion());
const statusesOf = (client: RawClient): string[] =>
  [...client.text().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = ""]) => status);
const streamed = JSON.stringify(chatBody({ stream: true }));

test("F28 a caller of HTTP/1.0 gets its stream without chunks, up to the end of the connection", async () => {
  const { gateway, upstream } = shared;
  upstream.script(stream(["old", " times"]));
  for (const lines of [[], ["connection: keep-alive"]]) {
    using client = await RawClient.connect(gateway.url);
    await client.send(rawChat(gateway.url, streamed, lines).replace("HTTP/1.1", "HTTP/1.0"));
    await client.ended();
    const { status, headers, body } = await client.answer();
    expect([status, headers["transfer-encoding"], headers["content-length"]]).toEqual([200, undefined, undefined]);
    expect(body).toStartWith("data: {");
    expect(body).toEndWith("data: [DONE]\n\n");
  }
});

test("F28 HEAD has no body, whatever it is asked of", async () => {
  const { gateway } = shared;
  for (const path of ["/livez", "/v1/models", "/v1/chat/completions", "/nowhere"]) {
    using client = await RawClient.connect(gateway.url);
    const host = `host: ${new URL(gateway.url).host}`;
    await client.send(`HEAD ${path} HTTP/1.1\r\n${host}\r\nconnection: close\r\n\r\n`);
    await client.ended();
    const text = client.text();
    expect([path, text.slice(text.indexOf("\r\n\r\n") + 4)]).toEqual([path, ""]);
    expect([200, 404, 405]).toContain((await client.answer()).status);
  }
});

test("F28 Expect: 100-continue is answered before the body; who is not known is refused and its body never waited for", async () => {
  await using gateway = await startGateway({ upstreams: { up: shared.upstream }, keys: true });
  const whole = JSON.stringify(chatBody());
  const expecting = (key: string): string =>
    rawChat(gateway.url, whole, ["expect: 100-continue", `authorization: Bearer ${key}`]).slice(0, -whole.length);
  using known = await RawClient.connect(gateway.url);
  await known.send(expecting(await gateway.createKey()));
  expect((await known.answer()).status).toBe(100);
  await known.send(whole);
  await eventually("the answer", () => statusesOf(known).length === 2);
  using unknown = await RawClient.connect(gateway.url);
  await unknown.send(expecting("tok_invented"));
  await eventually("the refusal", () => statusesOf(unknown).length === 2);
  // The runtime says 100 to everybody as soon as the head is there.
  expect([statusesOf(known), statusesOf(unknown)]).toEqual([
    ["100", "200"],
    ["100", "401"],
  ]);
  expect(shared.upstream.calls).toHaveLength(1);
});
