import type { MessageView } from '@/generated/protocol'

const PROGRESS: Record<string, number> = { received: 0, queued: 0, sending: 1, sent: 2, delivered: 3, read: 4, failed: 5 }

/** Both in order of place, each once; of two readings of one message the further one, but a new try replaces a failure. */
export function mergeMessages(held: MessageView[], news: MessageView[]): MessageView[] {
  const byId = new Map(held.map((message) => [message.id, message]))
  for (const message of news) {
    const known = byId.get(message.id)
    if (!known || known.state === 'failed' || (PROGRESS[message.state] ?? 0) >= (PROGRESS[known.state] ?? 0)) byId.set(message.id, message)
  }
  return [...byId.values()].sort((a, b) => a.seq - b.seq)
}

export interface Day {
  key: string
  at: string
  messages: MessageView[]
}

/** The messages by the day of this browser's clock. */
export function byDay(messages: MessageView[]): Day[] {
  const days: Day[] = []
  for (const message of messages) {
    const key = new Date(message.at).toDateString()
    const last = days.at(-1)
    if (last?.key === key) last.messages.push(message)
    else days.push({ key, at: message.at, messages: [message] })
  }
  return days
}

/** How far a message of ours has got, as a mark. */
export function tick(state: MessageView['state']): string {
  return { received: '', queued: '◌', sending: '◌', sent: '✓', delivered: '✓✓', read: '✓✓', failed: '!' }[state]
}
