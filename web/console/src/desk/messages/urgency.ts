import type { ConversationView } from '@/generated/protocol'
import { secondsSince, secondsUntil } from '@/composables/time'

export type Urgency = 'calm' | 'near' | 'missed'

const NEAR_SHARE = 0.25

/** Whether the customer's first answer is nearly due (a quarter of its time is left), or overdue. */
export function urgencyOf(talk: ConversationView | null, nowMs: number): Urgency {
  if (!talk?.first_response_due_at || !talk.waiting_since) return 'calm'
  const due = Date.parse(talk.first_response_due_at)
  if (nowMs >= due) return 'missed'
  const whole = due - Date.parse(talk.waiting_since)
  return secondsUntil(talk.first_response_due_at, nowMs) * 1_000 <= whole * NEAR_SHARE ? 'near' : 'calm'
}

/** Seconds that the customer waits for an answer; null while he does not. */
export function customerWaits(talk: ConversationView | null, nowMs: number): number | null {
  return talk?.waiting_since ? secondsSince(talk.waiting_since, nowMs) : null
}

export const CHANNEL_MARK: Record<string, string> = { voice: '☎', sms: '✉', whatsapp: '◉', chat: '❝', email: '@' }
