import { afterEach, expect, test } from "bun:test";
import { Secret } from "#core/secret.ts";
import { createSmtpSender } from "#integrations/mail/smtp-sender.ts";
import { freePort } from "../../../test/harness/free-port.ts";
import { rejectionOf } from "../../../test/harness/rejection-of.ts";
import { SmtpServer } from "../../../test/harness/smtp-server.ts";

const servers: SmtpServer[] = [];

function serve(account?: string): SmtpServer {
  const server = new SmtpServer(account);
  servers.push(server);
  return server;
}

function senderTo(url: string) {
  return createSmtpSender({ url: new Secret(url), from: "Gateway <gateway@example.org>" });
}

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

test("a code goes to the one address that it is for, with how long it works", async () => {
  const server = serve();
  await senderTo(server.url).send("ada@example.org", "123456", 10);
  expect(server.mails).toHaveLength(1);
  expect(server.mails[0]).toMatchObject({ from: "gateway@example.org", to: ["ada@example.org"] });
  expect(server.mails[0]?.text).toContain("is 123456.");
  expect(server.mails[0]?.text).toContain("10 minutes");
  expect(server.mails[0]?.text).toContain("From: Gateway <gateway@example.org>");
});

test("it signs in with the account of the URL", async () => {
  const server = serve("gateway:pass-word");
  await senderTo(server.url).send("ada@example.org", "123456", 10);
  expect(server.mails).toHaveLength(1);
});

test("whatever goes wrong is unavailable, and tells neither code nor address nor password", async () => {
  const [refusing, closed] = [serve(), serve("gateway:pass-word")];
  refusing.refusing = true;
  const failures = [
    await rejectionOf(senderTo(refusing.url).send("ada@example.org", "123456", 10)),
    await rejectionOf(senderTo(closed.url.replace("pass-word", "wrong-word")).send("ada@example.org", "123456", 10)),
    await rejectionOf(senderTo(`smtp://127.0.0.1:${await freePort()}`).send("ada@example.org", "123456", 10)),
  ];
  for (const failure of failures) {
    expect(failure).toMatchObject({ code: "unavailable" });
    const told = `${failure} ${Bun.inspect(failure)}`;
    for (const hidden of ["ada@example.org", "123456", "wrong-word"]) expect(told).not.toContain(hidden);
  }
});

test("an address cannot name a second one", async () => {
  const server = serve();
  await senderTo(server.url)
    .send("ada@example.org, eve@example.org", "123456", 10)
    .catch(() => undefined);
  expect(server.mails.flatMap(({ to }) => to)).not.toContain("eve@example.org");
});
