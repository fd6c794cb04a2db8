/** A gateway inside another program, through `createGateway`. */
import { expect, test } from "bun:test";
import { createGateway } from "#configurations/compose.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import type { Settings } from "#settings/settings.ts";
import { loadSettings } from "#settings/load.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import { temporaryDirectory } from "../stores/temporary-directory.ts";

const settingsIn = (directory: string): Settings =>
  loadSettings({
    configDirFlag: directory,
    flags: { "gateway.port": "0" },
    environ: {},
    home: directory,
    readFile: () => undefined,
  }).settings;

test("a gateway that is told to stop while it starts leaves nothing open, and can be started again", async () => {
  using place = temporaryDirectory();
  const gateway = createGateway(settingsIn(place.path), { log: silentLog });
  const started = gateway.start();
  await gateway.stop();
  await started;
  expect(gateway.address).toBe("");
  await gateway.start();
  expect((await fetch(`${gateway.address}/readyz`)).status).toBe(200);
  await gateway.stop();
  await gateway.stop();
});

test("a directory that one gateway holds is refused to another, which leaves it alone", async () => {
  using place = temporaryDirectory();
  const first = createGateway(settingsIn(place.path), { log: silentLog });
  await first.start();
  const second = createGateway(settingsIn(place.path), { log: silentLog });
  expect(await rejectionOf(second.start())).toMatchObject({ code: "unavailable" });
  await second.stop();
  expect((await fetch(`${first.address}/readyz`)).status).toBe(200);
  await first.stop();
});

test("a program hands new settings to the gateway it embeds, and is told what came of it", async () => {
  using place = temporaryDirectory();
  const settings = settingsIn(place.path);
  const gateway = createGateway(settings, { log: silentLog });
  expect(gateway.reload("program", settings).result).toBe("failed");
  await gateway.start();
  const { address } = gateway;
  const models = async () => ((await (await fetch(`${address}/v1/models`)).json()) as { data: object[] }).data.length;
  const before = await models();
  const extra = { pattern: "one-more", pools: [[{ provider: "loopback", model: "loopback" }]] };
  expect(gateway.reload("program", { ...settings, routes: [...settings.routes, extra] })).toEqual({
    result: "applied",
    problems: [],
  });
  expect(await models()).toBe(before + 1);
  await gateway.stop();
});
