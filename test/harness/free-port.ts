/** Below those that the kernel gives to whoever asks for any: nobody else gets one between the look and the use. */
const range = { least: 12_000, most: 30_000 };

/** A TCP port on 127.0.0.1 at which nobody listens, and which nobody is given who asks for any port. */
export function freePort(): number {
  for (;;) {
    const port = range.least + Math.floor(Math.random() * (range.most - range.least));
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // Somebody listens there.
    }
  }
}
