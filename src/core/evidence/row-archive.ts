/** Where rows go that are too old for the database. */
export interface RowArchive {
  /**
   * Keeps the lines, each ended by a line feed, under `name`, and reads them back. Resolves when they would survive power loss;
   * the same name is replaced as a whole or not at all. Rejects with `storage_failed`.
   */
  keep(name: string, lines: AsyncIterable<string>): Promise<void>;
}
