/** The id of an item of an answer: `msg_`, `rs_`, `fc_` or `ctc_`, the answer's base and the item's place. */
export function itemId(prefix: string, base: string, index: number): string {
  return `${prefix}_${base}_${index}`;
}
