/** Buckets of each power of two: a value is known to an eighth. */
const bucketsPerOctave = 8;

/** Values are held below 2^24: more tokens than any answer has. */
const octaves = 24;
const largestValue = 2 ** octaves - 1;

/** What one sample weighs when it comes, so that it can be halved several times. */
const sampleWeight = 16;

/** When so many samples are held all are halved: the last few hundred decide. */
const samplesKept = 256;

/**
 * A histogram of whole numbers with buckets that grow with the value (as HdrHistogram has them), in which what is long
 * past weighs less and less. A few hundred bytes, whole numbers alone.
 */
export class QuantileSketch {
  readonly #weights = new Uint16Array(octaves * bucketsPerOctave);
  #total = 0;
  #seen = 0;

  /** How many values it was ever told. */
  get seen(): number {
    return this.#seen;
  }

  /** Takes a whole number from 0; what is larger than 2^24 counts as that. */
  add(value: number): void {
    if (this.#total >= samplesKept * sampleWeight) this.#halve();
    const bucket = bucketOf(Math.min(largestValue, Math.max(0, value)));
    this.#weights[bucket] = (this.#weights[bucket] ?? 0) + sampleWeight;
    this.#total += sampleWeight;
    this.#seen += 1;
  }

  /** The whole number that `permille` of the values do not exceed, to an eighth; 0 without values. */
  quantile(permille: number): number {
    const wanted = Math.max(1, Math.ceil((this.#total * permille) / 1_000));
    let below = 0;
    for (let bucket = 0; bucket < this.#weights.length; bucket += 1) {
      const weight = this.#weights[bucket] ?? 0;
      if (below + weight < wanted) below += weight;
      else return within(bucket, wanted - below, weight);
    }
    return 0;
  }

  #halve(): void {
    this.#total = 0;
    for (let bucket = 0; bucket < this.#weights.length; bucket += 1) {
      const half = (this.#weights[bucket] ?? 0) >> 1;
      this.#weights[bucket] = half;
      this.#total += half;
    }
  }
}

/** The octave and the three bits behind the leading one; the first eight values have buckets of their own. */
function bucketOf(value: number): number {
  if (value < bucketsPerOctave) return value;
  const octave = 31 - Math.clz32(value);
  return (octave - 2) * bucketsPerOctave + ((value >> (octave - 3)) & (bucketsPerOctave - 1));
}

/** The value that lies `part` of `whole` into the bucket. */
function within(bucket: number, part: number, whole: number): number {
  if (bucket < bucketsPerOctave) return bucket;
  const octave = Math.floor(bucket / bucketsPerOctave) + 2;
  const width = 2 ** (octave - 3);
  const first = 2 ** octave + (bucket % bucketsPerOctave) * width;
  return first + Math.floor(((width - 1) * part) / whole);
}
