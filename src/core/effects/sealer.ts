/** Encrypts what may lie on a disk, with a key that lies elsewhere. */
export interface Sealer {
  /** Nobody without the key can read it, change it, or pass it off under another `name`. */
  seal(plain: Uint8Array, name: Uint8Array): Uint8Array;
  /** What was sealed under this name; undefined for anything else. */
  open(sealed: Uint8Array, name: Uint8Array): Uint8Array | undefined;
}
