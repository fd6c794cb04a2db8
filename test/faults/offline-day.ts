/** A gateway that lives through a day in seconds, from 1970 on, run by `offline.test.ts`: prints its address and what it answered. */
import { createGateway } from "#configurations/compose.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { loadSettings } from "#settings/load.ts";
import { readTextFile } from "#settings/read-text-file.ts";
import { chat } from "../harness/client.ts";

const [configDirFlag = ""] = process.argv.slice(2);
const input = {
  configDirFlag,
  flags: { "gateway.port": "0" },
  environ: { OPENAI_API_KEY: "sk-never-sent", ANTHROPIC_API_KEY: "sk-never-sent" },
  home: configDirFlag,
  readFile: readTextFile,
};
const clock = new VirtualClock(0);
const gateway = createGateway(loadSettings(input).settings, { clock, log: silentLog });
await gateway.start();
const url = gateway.address;
const answers: number[] = [];
for (let hour = 0; hour < 24; hour += 1) {
  answers.push((await chat({ url }, { model: "loopback" })).status);
  for (let second = 0; second < 3_600; second += 5) {
    clock.advance(5_000);
    await new Promise(setImmediate);
  }
}
const day = new Date(clock.now()).toISOString();
await gateway.stop();
console.log(JSON.stringify({ host: new URL(url).host, answers, day }));
process.exit(0);
