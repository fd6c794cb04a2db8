/** Reads a streamed answer frame by frame, as it arrives. */
export class FrameReader {
  readonly #reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(answer: Response) {
    if (answer.body === null) throw new Error("The answer has no body.");
    this.#reader = answer.body.getReader();
  }

  /** The next frame without its blank line; undefined at the end. Rejects when the connection breaks. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const frame = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return frame;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** Every frame that is left. */
  async rest(): Promise<string[]> {
    const frames: string[] = [];
    for (let frame = await this.next(); frame !== undefined; frame = await this.next()) frames.push(frame);
    return frames;
  }

  /** Hangs up. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

/** All frames of a streamed answer. */
export function framesOf(answer: Response): Promise<string[]> {
  return new FrameReader(answer).rest();
}

/** A frame's data as JSON; undefined for comments and `[DONE]`. */
export function dataOf(frame: string): Record<string, unknown> | undefined {
  if (!frame.startsWith("data: {")) return undefined;
  return JSON.parse(frame.slice("data: ".length)) as Record<string, unknown>;
}
