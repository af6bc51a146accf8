import type {
  AgentView,
  ConversationView,
  OutcomeChoice,
  QueueView,
  ServerMessage,
  Snapshot,
  TimelineEntry,
  UserView,
  VoiceStatus,
  WaitingItem,
  WorkItem,
} from '@/generated/protocol'

/** All that the desk knows, keyed by id; rows read their own entry. */
export interface DeskState {
  /** `seq` of the last message that was applied; -1 before the first snapshot. */
  seq: number
  snapshotAt: string | null
  user: UserView | null
  voice: VoiceStatus
  work: Map<string, WorkItem>
  queues: Map<string, QueueView>
  agents: Map<string, AgentView>
  interactions: Map<string, WaitingItem>
  outcomes: OutcomeChoice[]
  awayReasons: string[]
}

/** `gap`: a message is missing, ask for a snapshot. `stale`: seen before, nothing changed. */
export type Applied = 'applied' | 'gap' | 'stale'

const TIMELINE_LENGTH = 20

export function emptyDesk(): DeskState {
  return {
    seq: -1,
    snapshotAt: null,
    user: null,
    voice: { available: true, reason: '' },
    work: new Map(),
    queues: new Map(),
    agents: new Map(),
    interactions: new Map(),
    outcomes: [],
    awayReasons: [],
  }
}

/** Apply one message in place. After a gap the state stays as it was until the next snapshot. */
export function applyMessage(state: DeskState, message: ServerMessage): Applied {
  if (message.type === 'snapshot') {
    replaceBy(state, message)
    return 'applied'
  }
  if (state.seq < 0 || message.seq > state.seq + 1) return 'gap'
  if (message.seq <= state.seq) return 'stale'
  state.seq = message.seq
  applyEvent(state, message)
  return 'applied'
}

function applyEvent(state: DeskState, message: Exclude<ServerMessage, Snapshot>): void {
  switch (message.type) {
    case 'work.changed':
      return applyWork(state, message.item)
    case 'work.removed':
      return void state.work.delete(message.interaction_id)
    case 'conversation.changed':
      return applyConversation(state, message.interaction_id, message.conversation)
    case 'queue.changed':
      return void state.queues.set(message.queue.id, message.queue)
    case 'agent.changed':
      return putNewer(state.agents, message.agent.id, message.agent)
    case 'interaction.changed':
      return applyInteraction(state, message.item)
    case 'timeline.changed':
      return applyTimeline(state, message.customer_id, message.entry)
    case 'voice.changed':
      state.voice = message.voice
  }
}

function replaceBy(state: DeskState, snapshot: Snapshot): void {
  state.seq = snapshot.seq
  state.snapshotAt = snapshot.at
  state.user = snapshot.user
  state.voice = snapshot.voice
  state.work = byId(snapshot.work, (item) => item.interaction_id)
  state.queues = byId(snapshot.queues, (queue) => queue.id)
  state.agents = byId(snapshot.agents, (agent) => agent.id)
  state.interactions = byId(snapshot.interactions, (item) => item.interaction_id)
  state.outcomes = snapshot.outcomes
  state.awayReasons = snapshot.away_reasons
}

function byId<T>(rows: T[], idOf: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [idOf(row), row]))
}

function putNewer<T extends { version: number }>(rows: Map<string, T>, id: string, row: T): void {
  const known = rows.get(id)
  if (!known || row.version >= known.version) rows.set(id, row)
}

function applyWork(state: DeskState, item: WorkItem): void {
  const known = state.work.get(item.interaction_id)
  if (known && item.version < known.version) return
  if (item.state === 'closed') state.work.delete(item.interaction_id)
  else state.work.set(item.interaction_id, item)
}

function applyConversation(state: DeskState, interactionId: string, conversation: ConversationView): void {
  const item = state.work.get(interactionId)
  if (!item || (item.conversation && conversation.version < item.conversation.version)) return
  state.work.set(interactionId, { ...item, conversation })
}

function applyInteraction(state: DeskState, item: WaitingItem): void {
  const known = state.interactions.get(item.interaction_id)
  if (known && item.version < known.version) return
  if (item.state === 'closed') state.interactions.delete(item.interaction_id)
  else state.interactions.set(item.interaction_id, item)
}

function applyTimeline(state: DeskState, customerId: string, entry: TimelineEntry): void {
  for (const item of state.work.values()) {
    if (item.customer.id !== customerId) continue
    const customer = { ...item.customer, timeline: withEntry(item.customer.timeline, entry) }
    state.work.set(item.interaction_id, { ...item, customer })
  }
}

/** The timeline with this entry put in or replaced, newest first. */
export function withEntry(timeline: TimelineEntry[], entry: TimelineEntry): TimelineEntry[] {
  const others = timeline.filter((known) => known.id !== entry.id)
  const at = others.findIndex((known) => known.at < entry.at)
  const place = at < 0 ? others.length : at
  return [...others.slice(0, place), entry, ...others.slice(place)].slice(0, TIMELINE_LENGTH)
}
