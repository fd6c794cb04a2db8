import { expect, test } from "bun:test";
import { lifecycleEventTypes } from "#core/hooks/lifecycle-event.ts";
import { configDir, load, refusal } from "#settings/load-files.test-data.ts";
import { refuseBlockers } from "#settings/load.ts";

const settingsOf = (ini: string, environ: Readonly<Record<string, string>> = {}) =>
  load({ "setting.ini": ini }, { environ }).settings;

test("unless told so nobody is told of anything, mail has no server, and rows stay for ever", () => {
  const { hooks, mail, ledger } = settingsOf("");
  expect(hooks).toEqual({ events: [...lifecycleEventTypes], timeoutMs: 10_000 });
  expect(mail).toBeUndefined();
  expect(ledger).toMatchObject({ retentionDays: 0, archiveDir: `${configDir}/archive` });
});

test("a script is a program with its arguments, its path relative to the configuration", () => {
  const { hooks } = settingsOf(
    "[hooks]\nscript = sync.py\nscript_arguments = http://127.0.0.1:6333, --fast\ntimeout = 2",
  );
  expect(hooks.script).toEqual([`${configDir}/sync.py`, "http://127.0.0.1:6333", "--fast"]);
  expect(hooks.timeoutMs).toBe(2_000);
});

test("a webhook on this machine or in a private network is allowed, and its secret never prints", () => {
  const ini = "[hooks]\nurl = http://10.0.0.7:8080/hook\nsecret = ${HOOK_SECRET}\nevents = gateway.user.deleted";
  const { hooks } = settingsOf(ini, { HOOK_SECRET: "canary" });
  expect(hooks.webhook?.url).toBe("http://10.0.0.7:8080/hook");
  expect(hooks.webhook?.secret.reveal()).toBe("canary");
  expect(hooks.events).toEqual(["gateway.user.deleted"]);
  expect(JSON.stringify(hooks) + Bun.inspect(hooks)).not.toContain("canary");
});

test("a webhook without a secret is not served", () => {
  expect(() => refuseBlockers(load({ "setting.ini": "[hooks]\nurl = http://127.0.0.1:9/hook" }))).toThrow(
    "hooks.secret",
  );
});

test("an unknown event, an address with a password and a metadata service are refused", () => {
  expect(refusal({ "setting.ini": "[hooks]\nevents = gateway.user.renamed" })).toContain("hooks.events");
  expect(refusal({ "setting.ini": "[hooks]\nurl = http://u:p@127.0.0.1/" })).toContain("hooks.url");
  expect(refusal({ "setting.ini": "[hooks]\nurl = http://169.254.169.254/latest" })).toContain("hooks.url");
});

test("the account of the mail server never prints", () => {
  const { mail } = settingsOf("[mail]\nsmtp_url = smtps://gateway:canary@mail.example:465\nfrom = gw@example.org");
  expect(mail?.smtpUrl.reveal()).toBe("smtps://gateway:canary@mail.example:465");
  expect(mail?.from).toBe("gw@example.org");
  expect(JSON.stringify(mail) + Bun.inspect(mail)).not.toContain("canary");
});
