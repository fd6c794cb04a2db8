/** Below those that the kernel gives to whoever asks for any: nobody else gets one between the look and the use. */
const range = { least: 12_000, most: 30_000 };
/** Tests run in several processes at a time: each takes its ports in turn from a slice of its own. */
const slicePorts = 300;
const slices = (range.most - range.least) / slicePorts;
const sliceStart = range.least + (process.pid % slices) * slicePorts;
let taken = Math.floor(Math.random() * slicePorts);

/** A TCP port on 127.0.0.1 at which nobody listens, and which nobody is given who asks for any port. */
export function freePort(): number {
  for (;;) {
    const port = sliceStart + (taken % slicePorts);
    taken += 1;
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // Somebody listens there.
    }
  }
}
