const FIRST_MS = 250
const LONGEST_MS = 2_500
const FACTOR = 1.8

/**
 * Milliseconds before try `attempt` (0 = first), with up to a quarter of jitter taken off, so that many desks
 * do not come back in the same instant. Never above 2.5 s: the desk is right within 3 s of the server's return.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * FACTOR ** attempt)
  return Math.round(full * (1 - random() / 4))
}
