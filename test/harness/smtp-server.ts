/** A mail as it came. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, dots of RFC 5321 section 4.5.2 taken out. */
  readonly text: string;
}

interface Session {
  pending: string;
  from: string;
  to: string[];
  lines: string[] | undefined;
  user: string | undefined;
}

/** A mail server (RFC 5321) on loopback, as small as can be: plain text, AUTH PLAIN when it has an account. */
export class SmtpServer {
  readonly mails: ReceivedMail[] = [];
  readonly #listener: Bun.TCPSocketListener<Session>;
  readonly #account: string | undefined;
  /** Refuses every recipient. */
  refusing = false;

  /** `account` is `user:password` that a sender has to show. */
  constructor(account?: string) {
    this.#account = account;
    this.#listener = Bun.listen<Session>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { pending: "", from: "", to: [], lines: undefined, user: undefined };
          socket.write("220 test ESMTP\r\n");
        },
        data: (socket, bytes) => {
          const lines = (socket.data.pending + bytes.toString()).split("\r\n");
          socket.data.pending = lines.pop() ?? "";
          for (const line of lines) {
            const reply = this.#reply(socket.data, line);
            if (reply !== undefined) socket.write(`${reply}\r\n`);
          }
        },
      },
    });
  }

  /** `smtp://127.0.0.1:PORT`, with its account where it has one. */
  get url(): string {
    return `smtp://${this.#account === undefined ? "" : `${this.#account}@`}127.0.0.1:${this.#listener.port}`;
  }

  stop(): void {
    this.#listener.stop(true);
  }

  #reply(session: Session, line: string): string | undefined {
    if (session.lines !== undefined) return this.#take(session, session.lines, line);
    const [verb = "", ...rest] = line.split(" ");
    switch (verb.toUpperCase()) {
      case "EHLO":
        return this.#account === undefined ? "250 test" : "250-test\r\n250 AUTH PLAIN";
      case "AUTH":
        return this.#signIn(session, rest[1] ?? "");
      case "MAIL":
        if (this.#account !== undefined && session.user === undefined) return "530 sign in first";
        session.from = addressIn(line);
        return "250 ok";
      case "RCPT":
        if (this.refusing) return `550 no mailbox ${addressIn(line)}`;
        session.to.push(addressIn(line));
        return "250 ok";
      case "DATA":
        session.lines = [];
        return "354 go on";
      case "QUIT":
        return "221 bye";
      default:
        return "500 what";
    }
  }

  #signIn(session: Session, response: string): string {
    const [, user, password] = Buffer.from(response, "base64").toString().split("\0");
    if (`${user}:${password}` !== this.#account) return "535 wrong";
    session.user = user;
    return "235 ok";
  }

  #take(session: Session, lines: string[], line: string): string | undefined {
    if (line !== ".") {
      lines.push(line.startsWith(".") ? line.slice(1) : line);
      return undefined;
    }
    this.mails.push({ from: session.from, to: session.to, text: lines.join("\n") });
    session.lines = undefined;
    session.to = [];
    return "250 taken";
  }
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? "";
}
