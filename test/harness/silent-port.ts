/** A port whose SYNs are dropped. */
export interface SilentPort extends AsyncDisposable {
  readonly port: number;
}

/** A queued connection opens within this time or never. */
const openWithinMs = 150;

/**
 * A listener of backlog 1 in a stopped process, its queue filled: the kernel then drops every further SYN, as a black
 * hole does. Linux only in this exact behaviour.
 */
export async function silentPort(): Promise<SilentPort> {
  const script = `const net = require("node:net");
    const server = net.createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      process.stdout.write(String(server.address().port), () => process.kill(process.pid, "SIGSTOP"));
    });`;
  // Node, since Bun's listeners ignore the backlog asked for.
  const child = Bun.spawn(["node", "-e", script], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
  const { value } = await child.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value));
  let filled = false;
  for (let tries = 0; tries < 16 && !filled; tries++) filled = !(await opens(port));
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Whether one more connection fits in the queue; it stays there. */
function opens(port: number): Promise<boolean> {
  const opening = Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  return Promise.race([
    opening.then(
      () => true,
      () => false,
    ),
    Bun.sleep(openWithinMs).then(() => false),
  ]);
}
