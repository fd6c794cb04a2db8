import { expect, test } from "bun:test";
import { FakeDaemon } from "#cli/fake-daemon.test-data.ts";

test("a gateway that ends while it is asked whether it has ended is seen to have ended", async () => {
  await using daemon = new FakeDaemon();
  const silence = Promise.withResolvers<Response>();
  let isEnding = false;
  daemon.answers["GET /api/v1/status"] = () =>
    isEnding ? silence.promise : Response.json({ version: "1.2.3", pid: 7 });
  daemon.answers["POST /api/v1/shutdown"] = () => {
    isEnding = true;
    return Response.json({ pid: 7, in_flight: 0, longest_seconds: 60 }, { status: 202 });
  };
  expect(await daemon.tokligence("stop")).toEqual({ out: "Stopped process 7.\n", error: "", code: 0 });
  silence.resolve(new Response());
});
