import { expect, test } from "bun:test";
import fc from "fast-check";
import { cleanMessage } from "#core/wire/clean-message.ts";

test("pitfall 72 pitfall 79 keys, accounts, hosts, stack traces and JSON around it are not shown", () => {
  const rows: [string, string | undefined][] = [
    ["Invalid value: 'x' at messages[0].content.", "Invalid value: 'x' at messages[0].content."],
    ["Incorrect API key provided: sk-proj-abcdefghijkl123. Try again.", "Incorrect API key provided: [key] Try again."],
    ["Key AIzaSyA1234567890abcdefghijk is bad", "Key [key] is bad"],
    ["Bearer abc.def-ghi_jkl= refused", "[key] refused"],
    ["No access for org-a1B2c3D4e5 here", "No access for [account] here"],
    [
      "Quota of project_number:123456789 and projects/987654321",
      "Quota of project_number:[account] and projects/[account]",
    ],
    ["See https://platform.openai.com/docs/errors.", "See [address]."],
    ["Post to http://10.0.0.7:8080/v1?key=abc failed", "Post to [address] failed"],
    ["dial tcp 10.0.0.7:8080: refused", "dial tcp [address]: refused"],
    ["backend.vllm.svc:8000 down, ask ops@example.org", "[address] down, ask [address]"],
    ['{"error":{"message":"Too long.","type":"x"}}', "Too long."],
    ['400 from upstream: {"error":{"message":"{\\"message\\":\\"Inner.\\"}"}}', "Inner."],
    ['Bad: {"request":1} sent', "Bad: sent"],
    ["Broke.\n    at run (/srv/app/index.js:3:4)\n    at main", "Broke."],
    ['Broke.\nTraceback (most recent call last):\n  File "x.py"', "Broke."],
    ["two\n lines", "two lines"],
    ["", undefined],
  ];
  for (const [message, shown] of rows) expect([message, cleanMessage(message)]).toEqual([message, shown]);
});

test("a message is one line of at most 1,000 characters, whatever it was", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3000 }), (message) => {
      const shown = cleanMessage(message) ?? "";
      expect(shown.length).toBeLessThanOrEqual(1000);
      expect(shown).not.toMatch(/[\n\r]/);
    }),
  );
});

test("however many empty lines a message has, they cost no time", () => {
  expect(cleanMessage("\n".repeat(1_000_000))).toBeUndefined();
  expect(cleanMessage(`Broke.${"\n".repeat(1_000)}    at run (/srv/app/index.js:3:4)`)).toBe("Broke.");
});
