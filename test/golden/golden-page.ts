/** A page of expected text and where it is kept. */
export interface GoldenPage {
  readonly path: string;
  readonly text: string;
}
