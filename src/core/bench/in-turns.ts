/**
 * Measures each of the names once a round, one after the other, beginning with another one each round, so that drift of the
 * machine and of caches hits all alike. The measurements of a name are in the order of the rounds.
 */
export async function inTurns<Name extends string, Measured>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name) => Promise<Measured>,
): Promise<ReadonlyMap<Name, readonly Measured[]>> {
  const results = new Map<Name, Measured[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      results.get(name)?.push(await measure(name));
    }
  }
  return results;
}
