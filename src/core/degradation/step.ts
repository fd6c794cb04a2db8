/** What the gateway gives up, from the mildest to the last (reliability note, E5). The number of a step is its place, from 1. */
export const degradationSteps = [
  /** The least urgent are turned away. */
  "shed_worst",
  /** Whoever would have to wait long is turned away. */
  "shed_waiting",
  /** The store of keys fails: who is known goes on, nobody else is let in. */
  "known_keys_only",
  /** Rows of the ledger wait in the spool. */
  "spooling",
  /** The store of keys fails, and nobody with a key is served. */
  "no_keys",
  /** Nothing new is taken; what runs is brought to its end. */
  "refuse_new",
] as const;
export type DegradationStep = (typeof degradationSteps)[number];

/** How the stores that every request needs are. */
export interface Neighbours {
  /** Who is let in: everybody who has a key, those alone who are known, or nobody with a key. */
  readonly keys: "all" | "known" | "none";
  /** Where rows of the ledger go. */
  readonly rows: "books" | "spool" | "nowhere";
}

/** Stores that are well. */
export const soundNeighbours: Neighbours = { keys: "all", rows: "books" };

/** The steps that follow from how the stores are. */
export function stepsOf({ keys, rows }: Neighbours): readonly DegradationStep[] {
  return [...stepOfKeys[keys], ...stepOfRows[rows]];
}

const stepOfKeys: Readonly<Record<Neighbours["keys"], readonly DegradationStep[]>> = {
  all: [],
  known: ["known_keys_only"],
  none: ["no_keys"],
};
/** Without a row no call may be answered: then it had better not be made. */
const stepOfRows: Readonly<Record<Neighbours["rows"], readonly DegradationStep[]>> = {
  books: [],
  spool: ["spooling"],
  nowhere: ["refuse_new"],
};
