/** Who did something: the control socket, a user or a key of a user, a caller of this machine, or the gateway itself. */
export interface Actor {
  readonly kind: "root" | "session" | "key" | "local" | "system";
  readonly userId?: string;
  readonly keyId?: string;
}

/** Something that was done, or refused, to what the gateway is run with. Never a secret, never a prompt. */
export interface AuditRecord {
  readonly atMs: number;
  readonly actor: Actor;
  /** Name of the operation, such as `createKey`. */
  readonly action: string;
  readonly outcome: "done" | "refused";
  /** Kind and id of what it was done to. */
  readonly target: { readonly kind: string; readonly id: string };
  /** What changed, as JSON of ids, names of fields and settled values; e-mails and names of people stay out, so that erasing a person never touches the chain. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
}

/** A record in its chain. */
export interface AuditRow extends AuditRecord {
  /** From 1 without gaps. */
  readonly seq: number;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
}
