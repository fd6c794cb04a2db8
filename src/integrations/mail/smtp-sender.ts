import { GatewayError } from "#core/errors.ts";
import type { Secret } from "#core/secret.ts";
import type { CodeSender } from "#core/session/code-sender.ts";

/** How mail leaves the gateway. */
export interface SmtpSettings {
  /** `smtp://user:password@host:port` (STARTTLS where the server offers it) or `smtps://...` (TLS from the start). */
  readonly url: Secret;
  /** Address, or `Name <address>`, that mail is sent from. */
  readonly from: string;
}

const timeoutMs = 20_000;

/** Sends one-time codes by SMTP (RFC 5321), a connection for each: they are few. Neither code nor address is in its errors. */
export function createSmtpSender({ url, from }: SmtpSettings): CodeSender {
  return {
    async send(to, code, expiresInMinutes) {
      // Loaded by the first mail: most gateways never send one.
      const { createTransport } = await import("nodemailer");
      const transport = createTransport({
        url: url.reveal(),
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await transport.sendMail({ from, to: { name: "", address: to }, ...letter(code, expiresInMinutes) });
      } catch (thrown) {
        throw new GatewayError("unavailable", `The mail server did not take the message (${whyOf(thrown)}).`);
      } finally {
        transport.close();
      }
    },
  };
}

/** The library's code and the server's number; its words may repeat the address. */
function whyOf(thrown: unknown): string {
  const { code, responseCode } = (thrown ?? {}) as { readonly code?: unknown; readonly responseCode?: unknown };
  return [code, responseCode].filter((said) => said !== undefined).join(" ") || "no reason known";
}

function letter(code: string, expiresInMinutes: number): { readonly subject: string; readonly text: string } {
  const text = [
    `Your code to sign in to Tokligence is ${code}.`,
    "",
    `It works once, for ${expiresInMinutes} minutes, where it was asked for.`,
    "If that was not you, nothing has to be done.",
    "",
  ];
  return { subject: "Your sign-in code", text: text.join("\n") };
}
