import type { Log } from "#core/effects/log.ts";
import type { CodeSender } from "#core/session/code-sender.ts";
import { Login } from "#core/session/login.ts";
import { SessionAuthenticator } from "#core/session/session-authenticator.ts";
import type { Books } from "#configurations/books.ts";
import type { Host } from "#configurations/host.ts";
import { createSmtpSender } from "#integrations/mail/smtp-sender.ts";
import type { Settings } from "#settings/settings.ts";

/** Logging in, and who is logged in. `mailNow` says at each code how it is sent. */
export function composeLogin(
  mailNow: () => Settings["mail"],
  { clock, ids, log }: Pick<Host, "clock" | "ids" | "log">,
  { stores, sessionSecrets }: Books,
) {
  const { audit, identity, sessions } = stores;
  const sender: CodeSender = {
    send(...letter) {
      const mail = mailNow();
      const way = mail === undefined ? logSender(log) : createSmtpSender({ url: mail.smtpUrl, from: mail.from });
      return way.send(...letter);
    },
  };
  return {
    login: new Login({ identity, sessions, audit, sender, secrets: sessionSecrets, ids, clock, log }),
    sessions: new SessionAuthenticator({ sessions, identity, secrets: sessionSecrets, clock }),
  };
}

/** Without a mail server the operator reads codes in the log, whatever its level, and nobody else sees them. */
function logSender(log: Log): CodeSender {
  return {
    async send(email, code, expiresInMinutes) {
      log.notice("login_code", { email, code, expires_in_minutes: expiresInMinutes });
    },
  };
}
