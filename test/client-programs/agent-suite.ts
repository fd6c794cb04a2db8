import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FakeProvider, fourModels, fourProviders } from "../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import type { ScriptedCall } from "../harness/scripted-answer.ts";
import type { Agent, Endpoint, ToolUse } from "./agents/agent.ts";
import { newPlace, pictureBase64, type Place, type ProgramEnd, runProgram } from "./program.ts";

const thinking = { text: "Let me look.", token: "c2lnbmVkIGJ5IGl0cyBtYWtlcg==" };
/** What a client's own little questions (a title, a route) are answered with. */
const aside = { text: "A title" };

/** One agent, whole turns of work, in front of a provider of each of the four protocols; faults `faultsAt` some of them. */
export function agentSuite(agent: Agent, faultsAt: readonly string[] = fourModels): void {
  describe(agent.name, () => {
    const providers = fourProviders();
    let gateway: GatewayUnderTest;
    beforeAll(async () => {
      const aliases = providers.all
        .filter(({ model }) => agent.modelName(model) !== model)
        .map(({ model, target }) => `${agent.modelName(model)} = ${target}\n`);
      gateway = await startGateway({
        keys: true,
        ini: `[gateway]\nmax_retries = 0\n${providers.ini(aliases.join(""))}`,
      });
    });
    afterAll(async () => {
      await gateway[Symbol.asyncDispose]();
      providers.stop();
    });

    describe.each([...fourModels])("%s", (model) => {
      const provider = providers.of(model);
      const start = async (place: Place) => {
        const endpoint: Endpoint = { url: gateway.url, key: await gateway.createKey(), model: agent.modelName(model) };
        agent.configure(place, endpoint);
        return (prompt: string, again = false, deadlineMs = 60_000): Promise<ProgramEnd> =>
          runProgram(agent.command(endpoint, prompt, again), place, agent.environment(endpoint), deadlineMs);
      };

      test("T-07 a turn with a command that is really run, and a second turn", async () => {
        using place = newPlace();
        const ask = await start(place);
        const first = callsOf(provider, "a", agent.shell("echo made-it > made.txt && cat made.txt"));
        const second = callsOf(provider, "b", agent.shell("cat made.txt made.txt | wc -l"));
        provider.holds(
          [
            { thinking, calls: first },
            { thinking, text: "The file is there." },
            { calls: second },
            { text: "Two lines." },
          ],
          aside,
        );
        expect(finalText(await ask("Make the file."))).toContain("The file is there.");
        expect(existsSync(join(place.work, "made.txt"))).toBe(true);
        expect(finalText(await ask("How many lines?", true))).toContain("Two lines.");
        const results = resultsOf(provider);
        expect(results.length).toBe(2);
        expect(results[0]).toContain("made-it");
        expect(results[1]).toContain("2");
      });

      test("pitfall 23 calls side by side, and a picture that reaches the provider byte for byte", async () => {
        using place = newPlace();
        const ask = await start(place);
        const calls = callsOf(provider, "c", agent.shell("echo one > one.txt"), agent.look(place.picture));
        provider.holds([{ thinking, calls }, { text: "A red dot." }], aside);
        expect(finalText(await ask("What is in the picture?"))).toContain("A red dot.");
        expect(existsSync(join(place.work, "one.txt"))).toBe(true);
        expect(new TextDecoder().decode(provider.calls.at(-1)?.body)).toContain(pictureBase64);
      });

      if (!faultsAt.includes(model)) return;

      test("pitfall 57 pitfall 58 an answer that breaks off is asked for again, or said to be broken", async () => {
        using place = newPlace();
        const ask = await start(place);
        const calls = callsOf(provider, "d", agent.shell("echo after > after.txt"));
        provider.holds([{ calls }, { text: "Done after all." }], aside);
        provider.interruptsOnce();
        const end = await ask("Make the file.");
        if (agent.asksAgain) {
          expect(finalText(end)).toContain("Done after all.");
          expect(existsSync(join(place.work, "after.txt"))).toBe(true);
        } else {
          expect(end.exitCode).not.toBe(0);
          expect(end.stdout + end.stderr).toContain("closed before the answer was complete");
        }
      });

      test("an answer cut by the output limit ends, and is known to be cut", async () => {
        using place = newPlace();
        const ask = await start(place);
        provider.holds([{ text: "As far as it goes", cutByLimit: true }], aside);
        const end = await ask("Tell a story.");
        expect(end.late).toBe(false);
        expect(end.stdout + end.stderr).toMatch(agent.saysOfLimit("As far as it goes"));
      });

      test("pitfall 68 pitfall 70 a refusal ends, without a crash", async () => {
        using place = newPlace();
        const ask = await start(place);
        provider.holds([{ refusal: "I cannot help with that." }], aside);
        const endless = agent.endlessAtBlockedPrompt === true && model === "gemini-model";
        const end = await ask("Do harm.", false, endless ? 6_000 : undefined);
        expect(end.late).toBe(endless);
        expect(end.stdout + end.stderr).not.toMatch(/TypeError|undefined is not|Cannot read prop/);
      });

      test("pitfall 72 a refused request shows the provider's words", async () => {
        using place = newPlace();
        const ask = await start(place);
        provider.holds([{ script: provider.speech.failure(400, "Widgets are out of stock.") }]);
        const end = await ask("Make the file.");
        expect(end.late).toBe(false);
        expect(end.stdout + end.stderr).toContain("Widgets are out of stock.");
      });
    });
  });
}

/** Calls with ids of their own, as this provider's model makes them: only Responses has namespaces and free text. */
function callsOf(provider: FakeProvider, id: string, ...uses: readonly ToolUse[]): ScriptedCall[] {
  return uses.map(({ name, namespace, custom, input }, index) => {
    const call = { id: `call_${id}${index}` };
    if (!custom || provider.model === "responses-model") {
      return { ...call, name, input, ...(custom ? { custom } : {}), ...(namespace === undefined ? {} : { namespace }) };
    }
    return { ...call, name: `${namespace}__${name}`, input: JSON.stringify({ input }) };
  });
}

/** What a program that ended well printed. */
function finalText({ exitCode, stdout, stderr, late }: ProgramEnd): string {
  if (exitCode !== 0 || late) throw new Error(`It ended with ${exitCode}.\n${stdout}\n${stderr}`);
  return stdout;
}

/** Results of tools in the longest conversation that the provider saw; some clients send one twice. */
function resultsOf(provider: FakeProvider): string[] {
  const seen = provider.calls.map(provider.speech.results);
  const longest = seen.reduce((most, results) => (results.length > most.length ? results : most), []);
  return [...new Set(longest.map((result) => result.text))];
}
