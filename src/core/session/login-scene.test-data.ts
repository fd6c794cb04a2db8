import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { SessionId, TenantId, UserId } from "#core/effects/ids.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { User } from "#core/identity/user.ts";
import { Login, type ShownCode } from "#core/session/login.ts";
import { SessionAuthenticator } from "#core/session/session-authenticator.ts";
import { SessionSecrets } from "#core/session/session-secrets.ts";
import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";

/** Logging in on real stores in memory, with Ada, who is active, and Ida, who is not. */
export class LoginScene {
  readonly stores = openInThread();
  readonly clock = new VirtualClock();
  readonly log = new RecordingLog();
  readonly mail: { readonly to: string; readonly code: string }[] = [];
  readonly secrets = new SessionSecrets(pureDigest, new Uint8Array(32).fill(9), new SequenceRandom(5));
  readonly login: Login;
  readonly sessions: SessionAuthenticator;
  #sessionCount = 0;
  /** Makes sending fail. */
  mailIsDown = false;

  constructor() {
    const { identity, sessions, audit } = this.stores;
    const { clock, log, secrets } = this;
    const sender = {
      send: async (to: string, code: string) => {
        if (this.mailIsDown) throw new GatewayError("unavailable", "No mail today.");
        this.mail.push({ to, code });
      },
    };
    const ids = {
      session: () => {
        this.#sessionCount += 1;
        return `ses_${this.#sessionCount}` as SessionId;
      },
    };
    this.login = new Login({ identity, sessions, audit, sender, secrets, ids, clock, log });
    this.sessions = new SessionAuthenticator({ sessions, identity, secrets, clock });
  }

  static async open(): Promise<LoginScene> {
    const scene = new LoginScene();
    await scene.stores.identity.createUser(person("ada", "active"), sampleTrail());
    await scene.stores.identity.createUser(person("ida", "inactive"), sampleTrail());
    return scene;
  }

  /** Asks for a code and gives what came by mail, or a code that nobody sent. */
  async ask(email: string, address = "192.0.2.1"): Promise<ShownCode> {
    const { challenge } = this.login.begin(email, address);
    await this.login.settled();
    const code = this.mail.at(-1)?.code ?? "000000";
    return { email, code, challenge, address, requestId: "req_1" };
  }

  /** The code of the refusal, and how long it took. */
  async refusal(
    shown: ShownCode,
  ): Promise<{ readonly code: string; readonly message: string; readonly tookMs: number }> {
    const startedMs = this.clock.monotonic();
    let refused: { code: string; message: string; tookMs: number } | undefined;
    const refusing = this.login.verify(shown).then(
      () => {
        throw new Error("not refused");
      },
      (error: GatewayError) => {
        refused = { code: error.code, message: error.message, tookMs: this.clock.monotonic() - startedMs };
      },
    );
    await this.clock.run(1_000);
    await refusing;
    return refused ?? { code: "", message: "", tookMs: 0 };
  }
}

/** Another code of six digits. */
export function wrong(code: string): string {
  return code.startsWith("1") ? `2${code.slice(1)}` : `1${code.slice(1)}`;
}

function person(name: string, status: User["status"]): User {
  return {
    id: `usr_${name}` as UserId,
    tenantId: `usr_${name}` as TenantId,
    email: `${name}@example.com`,
    name,
    role: "gateway_user",
    status,
    createdAtMs: 0,
  };
}
