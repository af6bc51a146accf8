import type { CannedReply } from '@/generated/protocol'

export interface Filling {
  customer: string
  agent: string
}

/** The text with names in their places; places that we do not know stay as they are. */
export function fill(text: string, names: Filling): string {
  const known: Record<string, string> = { 'customer.name': names.customer, 'agent.name': names.agent }
  return text.replace(/\{([\w.]+)\}/g, (whole, name: string) => known[name] ?? whole)
}

const LISTED = 8

/** Those that a few letters mean: of this queue or of none, the customer's language first, best match first. */
export function matchReplies(replies: CannedReply[], typed: string, queueId: string | null, language: string): CannedReply[] {
  const wanted = typed.trim().toLowerCase()
  return replies
    .filter((reply) => reply.queue_id === null || reply.queue_id === queueId)
    .map((reply) => ({ reply, rank: rankOf(reply, wanted) * 2 + Number(!sameLanguage(reply.language, language)) }))
    .filter(({ rank }) => rank < 6)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, LISTED)
    .map(({ reply }) => reply)
}

function sameLanguage(a: string, b: string): boolean {
  return a.slice(0, 2).toLowerCase() === b.slice(0, 2).toLowerCase()
}

function rankOf(reply: CannedReply, wanted: string): number {
  if (!wanted || reply.code.toLowerCase().startsWith(wanted)) return 0
  if (reply.code.toLowerCase().includes(wanted)) return 1
  return reply.text.toLowerCase().includes(wanted) ? 2 : 3
}
