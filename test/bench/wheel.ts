import { distSettings, executableOf } from "../../scripts/dist/dist-settings.ts";
import { targetOf } from "../../scripts/dist/targets.ts";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { PythonEnvironment } from "../harness/python-environment.ts";
import type { Row } from "./report.ts";
import { interleave, rounds } from "./rounds.ts";
import { median } from "#core/bench/statistics.ts";

/** Starts of each side in a round. */
const starts = 20;

async function timeMs(task: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await task();
  return performance.now() - from;
}

/** What `pip install tokgateway`, `init --yes` and `serve` take together, until a chat is answered. */
async function installToAnswerSeconds(): Promise<number> {
  using environment = await PythonEnvironment.create();
  const port = freePort();
  const variables = {
    PATH: process.env["PATH"] ?? "",
    HOME: environment.folder,
    TOKLIGENCE_GATEWAY_PORT: String(port),
  };
  const answered = (): Promise<boolean> =>
    chat({ url: `http://127.0.0.1:${port}` }, { model: "loopback" }).then(
      ({ ok }) => ok,
      () => false,
    );
  const elapsedMs = await timeMs(async () => {
    await environment.install("tokgateway");
    const program = environment.program("tokgateway");
    await Bun.$`${program} init --yes`.env(variables).quiet();
    const gateway = Bun.spawn([program, "serve"], { env: variables, stdio: ["ignore", "ignore", "ignore"] });
    try {
      await eventually("a chat is answered", answered, 60_000);
    } finally {
      gateway.kill("SIGKILL");
      await gateway.exited;
    }
  });
  return elapsedMs / 1_000;
}

/** What the wheel costs: from `pip install` to the first answer, and at every start of a command beside the executable itself. */
export async function wheel(): Promise<Row[]> {
  const settings = distSettings(process.env);
  const executable = executableOf(settings, targetOf(process.platform, process.arch));
  using environment = await PythonEnvironment.create();
  await environment.install("tokgateway");
  const programs = { wheel: environment.program("tokgateway"), executable };
  const measured = await interleave(["wheel", "executable"], async (name) => {
    const times: number[] = [];
    for (let start = 0; start < starts; start += 1) {
      times.push(await timeMs(() => Bun.spawn([programs[name], "version"], { stdout: "ignore" }).exited));
    }
    return { ms: median(times) };
  });
  const [through, direct] = [measured.wheel.ms, measured.executable.ms];
  const installs: number[] = [];
  for (let round = 0; round < Math.min(3, rounds); round += 1) installs.push(await installToAnswerSeconds());
  return [
    { what: "tokgateway version, bare: the executable itself", unit: "ms", gateway: through, bare: direct },
    { what: "what the wheel adds to a command", unit: "ms", gateway: through - direct, bar: { atMost: 60 } },
    { what: "pip install tokgateway to the first answer", unit: "s", gateway: median(installs), bar: { atMost: 15 } },
  ];
}
