import type { WorkItem } from '@/generated/protocol'
import { duration, secondsSince, secondsUntil } from '@/composables/time'

/** The number beside an item: what is left of the offer or the wrap-up, else how long the call lasts. */
export function itemClock(item: WorkItem, nowMs: number): string {
  if (item.state === 'offered') return duration(secondsUntil(item.offer_deadline_at, nowMs))
  if (item.state === 'wrapping') return wrapLeft(item, nowMs).text
  return duration(secondsSince(item.answered_at ?? item.created_at, nowMs))
}

export interface WrapLeft {
  text: string
  over: boolean
  soon: boolean
}

const SOON_SECONDS = 10

/** How much of the wrap-up is left, or by how much it is over; without a limit, how long it has lasted. */
export function wrapLeft(item: WorkItem, nowMs: number): WrapLeft {
  if (!item.wrap_up_until) return { text: duration(secondsSince(item.ended_at, nowMs)), over: false, soon: false }
  const left = secondsUntil(item.wrap_up_until, nowMs)
  if (left > 0) return { text: duration(left), over: false, soon: left <= SOON_SECONDS }
  return { text: duration(secondsSince(item.wrap_up_until, nowMs)), over: true, soon: false }
}

/** Seconds that the customer waited, up to the answer or still running. */
export function waitedSeconds(item: WorkItem, nowMs: number): number {
  return secondsSince(item.queued_at, item.answered_at ? Date.parse(item.answered_at) : nowMs)
}

/** The share of the offer's time that is left, 0 to 1. */
export function offerShare(item: WorkItem, nowMs: number): number {
  if (!item.offered_at || !item.offer_deadline_at) return 1
  const whole = Date.parse(item.offer_deadline_at) - Date.parse(item.offered_at)
  return whole > 0 ? Math.min(1, Math.max(0, (Date.parse(item.offer_deadline_at) - nowMs) / whole)) : 1
}
