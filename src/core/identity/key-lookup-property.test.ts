import { expect, test } from "bun:test";
import fc from "fast-check";
import { apiKey, IdentityScene, key, outcome, owned, refused, user } from "#core/identity/identity-scene.test-data.ts";
import type { KeyId, UserId } from "#core/effects/ids.ts";
import type { KeyOwner } from "#core/identity/identity-store.ts";
import type { User } from "#core/identity/user.ts";

const seed = Number(Bun.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Something that happens to a key while callers come. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("call" as const), turns: fc.nat(6) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("revoke" as const, "restore" as const),
      of: fc.nat(3),
      turns: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("fail" as const, "heal" as const), turns: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("other" as const), turns: fc.nat(3) }) },
);

/** What the key stands on: itself, its owner, the key that made it, and that one's owner. */
const subjects = [apiKey.id, user.id, "key_0", "usr_0"] as const;

/** What the store tells of the key where some of these do not work. */
function told(works: readonly boolean[]): KeyOwner {
  const [key, owner, maker, boss] = works;
  const revoked = (isGood: boolean | undefined) => (isGood === true ? {} : { revokedAtMs: 1 });
  const person = (id: string, isGood: boolean | undefined): User => ({
    ...user,
    id: id as UserId,
    status: isGood === true ? "active" : "inactive",
  });
  const makerId = subjects[2] as KeyId;
  const parent = owned(
    { id: makerId, userId: subjects[3] as UserId, ...revoked(maker) },
    { user: person(subjects[3], boss) },
  );
  return owned({ parentId: makerId, ...revoked(key) }, { user: person(user.id, owner), parent });
}

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
        let [failing, changes, delay] = [false, 0, 0];
        const works = subjects.map(() => true);
        scene.answer = async (): Promise<KeyOwner | undefined> => {
          const found = told(works);
          const fails = failing;
          await turnsLater(delay);
          if (fails) throw new Error("The database does not answer.");
          return found;
        };
        const checks: Promise<void>[] = [];
        for (const { turns, ...one } of steps) {
          const { do: what } = one;
          delay = turns;
          if (what === "fail" || what === "heal") failing = what === "fail";
          else if (what === "other") scene.feed.publish("identity.changed", "key_other");
          else if ("of" in one) {
            changes += 1;
            for (const [index, subject] of subjects.entries()) {
              // Everything comes back together: calls that are let in are as likely as others.
              if (what === "revoke" ? index !== one.of : works[index]) continue;
              works[index] = what === "restore";
              scene.feed.publish("identity.changed", subject);
            }
          } else {
            const [then, known] = [changes, works.every(Boolean)];
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
