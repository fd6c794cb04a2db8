/** What an archive may be at most; beyond it nothing of it is looked at any further. */
export interface ArchiveLimits {
  readonly maxMembers: number;
  /** Of everything in it together, as it is read out. */
  readonly maxBytes: number;
  /** How many times its own size it may grow to. */
  readonly maxRatio: number;
  /** Below this many bytes read out the ratio is not looked at: small files of much the same pack well. */
  readonly ratioFromBytes: number;
  readonly maxManifestBytes: number;
}

/** The limits of every archive. */
export const archiveLimits: ArchiveLimits = {
  maxMembers: 100_000,
  maxBytes: 10 * 2 ** 30,
  maxRatio: 200,
  ratioFromBytes: 16 * 2 ** 20,
  maxManifestBytes: 32 * 2 ** 20,
};
