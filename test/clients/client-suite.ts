import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { fourModels, fourProviders } from "../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import { type ScriptedCall, scriptedUsage } from "../harness/scripted-answer.ts";
import type { ClientDriver, ClientMaker } from "./drivers/client-driver.ts";

/** Thoughts that the model shows before its calls, with a token that its maker wants back. */
const thinking = { text: "Let me look.", token: "c2lnbmVkIGJ5IGl0cyBtYWtlcg==" };
const call = (city: string, id: string): ScriptedCall => ({ id, name: "weather", input: JSON.stringify({ city }) });

/** What a client cannot show, though the gateway sent it. */
export interface ClientLimits {
  /** Counts tokens in a way of its own, right or wrong. */
  readonly ownUsage?: boolean;
  /** Takes a stream that stops in the middle for a whole one. */
  readonly blindToCuts?: boolean;
}

/** One client in front of the gateway and, behind it, a provider of each of the four protocols. */
export function clientSuite(name: string, make: ClientMaker, limits: ClientLimits = {}): void {
  describe(name, () => {
    const providers = fourProviders();
    let gateway: GatewayUnderTest;
    let client: ClientDriver;
    beforeAll(async () => {
      gateway = await startGateway({ ini: `[gateway]\nmax_retries = 0\n${providers.ini()}` });
      client = make(gateway.url, "any-key");
    });
    afterAll(async () => {
      await gateway[Symbol.asyncDispose]();
      providers.stop();
    });
    describe.each([...fourModels])("%s", (model) => {
      const provider = providers.of(model);
      const ways = [false, true].map((streamed) => ({ model, text: "How is the weather?", streamed }));

      test("text and usage arrive, whole and streamed", async () => {
        provider.holds([{ thinking, text: "It rains cats and dogs." }]);
        for (const question of ways) {
          const told = await client.ask(question);
          expect(told.text).toBe("It rains cats and dogs.");
          if (question.streamed) expect(told.pieces).toBeGreaterThan(1);
          if (limits.ownUsage) continue;
          expect(told.usage).toEqual({ input: scriptedUsage.input, output: scriptedUsage.output });
        }
        expect(provider.calls.map(provider.speech.isStreamed)).toEqual([false, true]);
      });

      test("a turn with a tool: the call, its result, the final text", async () => {
        for (const question of ways) {
          provider.holds([{ thinking, text: "Well.", calls: [call("Oslo", "call_1")] }, { text: "It rains." }]);
          const cities: string[] = [];
          const told = await client.work(question, (city) => `rain in ${cities.push(city)}`);
          expect(told.text).toContain("It rains.");
          expect(cities).toEqual(["Oslo"]);
          const results = provider.calls.flatMap(provider.speech.results).map((result) => result.text);
          expect(results).toEqual([expect.stringContaining("rain in 1")]);
        }
      });

      test("calls side by side keep their results apart", async () => {
        for (const question of ways) {
          const calls = ["Oslo", "Rome", "Oslo"].map((city, index) => call(city, `call_${index}`));
          provider.holds([{ calls }, { text: "Done." }]);
          const cities: string[] = [];
          const told = await client.work(question, (city) => `${city} ${cities.push(city)}`);
          expect(told.text).toContain("Done.");
          const results = provider.calls.flatMap(provider.speech.results).map((result) => result.text);
          expect(results.map((text) => /\w+ \d/.exec(text)?.[0])).toEqual(["Oslo 1", "Rome 2", "Oslo 3"]);
        }
      });

      test("pitfall 71 too many requests is the error that the client documents", async () => {
        for (const question of ways) {
          provider.holds([{ script: provider.speech.failure(429, "Slow down.", { "retry-after": "7" }) }]);
          expect(client.isRateLimit(await rejectionOf(client.ask(question)))).toBe(true);
        }
      });

      test("pitfall 57 T-10 a stream that is cut is no answer", async () => {
        provider.holds([{ text: "It rains cats and dogs.", cut: true }]);
        const question = { model, text: "Hello", streamed: true };
        const outcome = client.ask(question);
        if (limits.blindToCuts) await outcome.catch(() => undefined);
        else await rejectionOf(outcome);
      });
    });
  });
}
