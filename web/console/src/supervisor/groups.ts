import type { AgentView, WaitingItem } from '@/generated/protocol'

export const GROUPS = ['waiting_call', 'engaged', 'wrapping', 'idle', 'away', 'offline'] as const
export type Group = (typeof GROUPS)[number]

/** Where an agent stands on the board: work in hand counts before what they chose. */
export function groupOf(agent: AgentView): Group {
  if (agent.work_state === 'reserved') return 'waiting_call'
  if (agent.work_state === 'engaged') return 'engaged'
  if (agent.work_state === 'wrapping') return 'wrapping'
  return agent.presence === 'available' ? 'idle' : agent.presence
}

/** Since when an agent is in their group. */
export function sinceOf(agent: AgentView): string {
  const group = groupOf(agent)
  if (group === 'away' || group === 'offline') return agent.presence_since
  return group === 'idle' && agent.presence_since > agent.work_since ? agent.presence_since : agent.work_since
}

/** Ids of the agents of each group, the one who is in it longest first. */
export function agentsByGroup(agents: Iterable<AgentView>): Record<Group, string[]> {
  const sorted = [...agents].sort((a, b) => sinceOf(a).localeCompare(sinceOf(b)) || a.name.localeCompare(b.name))
  const found = Object.fromEntries(GROUPS.map((group) => [group, [] as string[]])) as Record<Group, string[]>
  for (const agent of sorted) found[groupOf(agent)].push(agent.id)
  return found
}

/** From how many calls in a row that an agent has not answered it is shown; the server tells of it from as many on. */
export const MISSED_SHOWN = 2

/** Agents at work whose phone has rung in vain again and again, the one with most first. */
export function missingOften(agents: Iterable<AgentView>): AgentView[] {
  const found = [...agents].filter((agent) => agent.missed >= MISSED_SHOWN && agent.presence !== 'offline')
  return found.sort((a, b) => b.missed - a.missed || a.name.localeCompare(b.name))
}

const LIVE_ORDER: Record<string, number> = { queued: 0, offered: 1, new: 2, in_menu: 2, active: 3, held: 3, wrapping: 4 }

/** Order of the live list: who waits comes first, the longest wait on top; then the menu, then who is served. */
export function waitingFirst(a: WaitingItem, b: WaitingItem): number {
  const rank = (LIVE_ORDER[a.state] ?? 5) - (LIVE_ORDER[b.state] ?? 5)
  return rank || (a.queued_at ?? a.created_at).localeCompare(b.queued_at ?? b.created_at)
}
