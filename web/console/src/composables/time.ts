/** Whole seconds from a moment to `nowMs`, never below 0; 0 for a moment that is missing or unreadable. */
export function secondsSince(at: string | null | undefined, nowMs: number): number {
  const then = at ? Date.parse(at) : Number.NaN
  return Number.isNaN(then) ? 0 : Math.max(0, Math.floor((nowMs - then) / 1_000))
}

/** Whole seconds until a moment, rounded up, never below 0. */
export function secondsUntil(at: string | null | undefined, nowMs: number): number {
  const then = at ? Date.parse(at) : Number.NaN
  return Number.isNaN(then) ? 0 : Math.max(0, Math.ceil((then - nowMs) / 1_000))
}

/** `0:41`, `12:40`, `1:05:09`, and from 100 hours on `100 h`. */
export function duration(totalSeconds: number): string {
  const seconds = Math.max(0, Math.floor(totalSeconds))
  const hours = Math.floor(seconds / 3_600)
  if (hours >= 100) return `${hours} h`
  const minutes = Math.floor(seconds / 60) % 60
  const rest = String(seconds % 60).padStart(2, '0')
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}

/** `09:12` on the clock of this browser. */
export function clock(at: string | number | null, withSeconds = false): string {
  const date = new Date(at ?? Number.NaN)
  if (Number.isNaN(date.getTime())) return ''
  const parts = [date.getHours(), date.getMinutes(), ...(withSeconds ? [date.getSeconds()] : [])]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

export type Moment =
  | { kind: 'seconds'; seconds: number }
  | { kind: 'today'; text: string }
  | { kind: 'day'; text: string }

/** How to say a moment of the past: relative under a minute, the clock today, the day before that. */
export function momentOf(at: string, nowMs: number, locale: string): Moment {
  const date = new Date(at)
  const today = new Date(nowMs)
  const seconds = secondsSince(at, nowMs)
  if (seconds < 60 && date.getTime() <= nowMs + 60_000) return { kind: 'seconds', seconds }
  if (date.toDateString() === today.toDateString()) return { kind: 'today', text: clock(at) }
  const year = date.getFullYear() === today.getFullYear() ? undefined : 'numeric'
  const format: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year }
  return { kind: 'day', text: new Intl.DateTimeFormat(locale, format).format(date) }
}
