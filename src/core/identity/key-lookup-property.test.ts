import { expect, test } from "bun:test";
import fc from "fast-check";
import { apiKey, IdentityScene, key, outcome, owned, refused, user } from "#core/identity/identity-scene.test-data.ts";
import type { KeyOwner } from "#core/identity/identity-store.ts";

const seed = Number(Bun.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Something that happens to a key while callers come. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("call" as const), turns: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("revoke" as const, "restore" as const), turns: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("fail" as const, "heal" as const), turns: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("other" as const), turns: fc.nat(3) }) },
);

const turnsLater = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
};

test.each(["disabled", "fail_open", "fail_closed"] as const)(
  `T-41 F81 however answers, changes and failures overlap, %s lets nobody in by what a key was before (seed ${seed})`,
  async (mode) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const scene = new IdentityScene();
        const subject = scene.authenticator(true, mode);
        let [works, failing, changes, delay] = [true, false, 0, 0];
        scene.answer = async (): Promise<KeyOwner | undefined> => {
          const told = owned(works ? {} : { revokedAtMs: 1 });
          const fails = failing;
          await turnsLater(delay);
          if (fails) throw new Error("The database does not answer.");
          return told;
        };
        const checks: Promise<void>[] = [];
        for (const { do: what, turns } of steps) {
          delay = turns;
          if (what === "fail" || what === "heal") failing = what === "fail";
          else if (what === "other") scene.feed.publish("identity.changed", "key_other");
          else if (what !== "call") {
            works = what === "restore";
            changes += 1;
            scene.feed.publish("identity.changed", changes % 2 === 0 ? apiKey.id : user.id);
          } else {
            const [then, known] = [changes, works];
            const check = outcome(subject, key).then((said) => {
              // Whoever called across a change may have been let in before it.
              if (then !== changes) return;
              if (!known) expect(typeof said).toBe("string");
              else expect(said).not.toBe(refused);
            });
            checks.push(check);
          }
          await turnsLater(turns);
        }
        await Promise.all(checks);
      }),
      { seed, numRuns: 150 },
    );
  },
);
