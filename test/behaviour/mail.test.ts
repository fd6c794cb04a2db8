import { expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { startGateway } from "../harness/gateway.ts";
import { SmtpServer } from "../harness/smtp-server.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(60_000);

test("with a mail server a code comes by mail, works, and stands neither in the answer nor in the log", async () => {
  const server = new SmtpServer("gateway:smtp-canary");
  try {
    const ini = `[mail]\nsmtp_url = ${server.url}\nfrom = Tokligence <gateway@example.org>`;
    await using gateway = await startGateway({ keys: true, ini });
    await gateway.cli("user", "create", "ada@example.com");
    const post = (path: string, body: object, cookie = ""): Promise<Response> =>
      fetch(`${gateway.url}/api/v1/auth/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(cookie && { cookie }) },
        body: JSON.stringify(body),
      });
    const asked = await post("login", { email: "ada@example.com" });
    const cookie = asked.headers.get("set-cookie")?.split(";")[0] ?? "";
    const mail = await eventually("the mail comes", () => server.mails[0]);
    expect(mail).toMatchObject({ from: "gateway@example.org", to: ["ada@example.com"] });
    const code = /is (\d{6})\./.exec(mail.text)?.[1] ?? "";
    // As a word of its own: an id may contain it by chance.
    const said = new RegExp(`\\b${code}\\b`);
    expect(await asked.text()).not.toMatch(said);
    expect((await post("verify", { email: "ada@example.com", code }, cookie)).status).toBe(200);
    expect(gateway.output()).not.toMatch(said);
    expect(gateway.output()).not.toContain("smtp-canary");
  } finally {
    server.stop();
  }
});
