/** The other side of every ratio: the least a proxy on Bun can do. Parse, fetch with the caller's signal, answer. */
const upstream = process.argv[2] ?? "";
const headers = { "content-type": "application/json", authorization: "Bearer upstream-key" };

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  development: false,
  async fetch(request) {
    const body = (await request.json()) as { stream?: boolean };
    const answer = await fetch(`${upstream}/chat/completions`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: request.signal,
    });
    if (body.stream !== true || answer.body === null) return Response.json(await answer.json());
    const reader = answer.body.getReader();
    const relay = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return new Response(relay, { headers: { "content-type": "text/event-stream" } });
  },
});

process.stdout.write(`${server.port}\n`);
