/** A promise of the reference pages that a test's title names. */
export interface ProvenPromise {
  /** `pitfall 12`, `T-05`, `F34` or `L9`. */
  readonly promise: string;
  readonly title: string;
}

/** A title is a text in quotes that a function follows, or the rest of a row of a table of tests. */
const titles = /(["'`])((?:\\.|(?!\1)[^\\])*)\1\s*,\s*(?:async\b|\(|\[|\{|function\b|[A-Za-z_]\w*\s*=>)/g;
const pitfalls = /\bpitfalls?\s+(\d+(?:(?:,\s*(?:and\s+)?|\s+and\s+|\s+)\d+\b)*)/g;
const complaintsFaultsAndBooks = /\b(?:T-\d{2}|F\d{1,3}|L(?:[1-9]|1[0-6]))\b/g;

/** Every promise that titles in this source name, in the order of the text. */
export function promisesIn(source: string): ProvenPromise[] {
  return [...source.matchAll(titles)].flatMap(([, , title = ""]) =>
    [...namesIn(title)].map((promise) => ({ promise, title: title.replaceAll(/\s+/g, " ").replaceAll('\\"', '"') })),
  );
}

function namesIn(title: string): Set<string> {
  const numbers = [...title.matchAll(pitfalls)].flatMap(([, list = ""]) => list.match(/\d+/g) ?? []);
  const named = [...title.matchAll(complaintsFaultsAndBooks)].map(([name]) => name);
  return new Set([...numbers.map((number) => `pitfall ${Number(number)}`), ...named]);
}
