const dayMs = 86_400_000;

/** Waits for midnight in UTC if it is less than `marginMs` away: what is counted by the day begins anew then. */
export async function awayFromMidnight(marginMs = 40_000): Promise<void> {
  const leftMs = dayMs - (Date.now() % dayMs);
  if (leftMs < marginMs) await Bun.sleep(leftMs + 100);
}
