/** Resolves with the first truthy answer of `probe`, asked every 5 ms; rejects naming `what` after `deadlineMs`. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 10_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await Bun.sleep(5);
  }
}
