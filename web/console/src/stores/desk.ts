import { defineStore } from 'pinia'
import { computed, reactive, ref } from 'vue'
import { deskSocketUrl, routes } from '@/api/routes'
import { DeskSocket, type SocketState } from '@/api/socket'
import { syncClock } from '@/composables/now'
import type { AgentView, Presence, ServerMessage, WorkItem } from '@/generated/protocol'
import { applyMessage, emptyDesk } from './deskState'

/** Ways in which work leaves that the agent should be told about. */
const REMOVALS = ['expired', 'rejected', 'rescinded', 'requeued', 'not_reached', 'taken'] as const
type Removal = (typeof REMOVALS)[number]

const WORK_ORDER: Record<string, number> = { offered: 0, active: 1, held: 1, wrapping: 2 }
const BUSY = new Set(['active', 'held', 'wrapping'])

type News = (message: Extract<ServerMessage, { type: 'message.changed' | 'customer.types' | 'snapshot' }>) => void

/** True for whatever is no call: an agent may have several of these. */
export function isMessage(item: Pick<WorkItem, 'channel'>): boolean {
  return item.channel !== 'voice'
}

export const useDesk = defineStore('desk', () => {
  const state = reactive(emptyDesk())
  const line = ref<SocketState>({ kind: 'connecting', since: Date.now() })
  const selectedId = ref<string | null>(null)
  const lastRemoval = ref<Removal | null>(null)
  const removedMessage = ref(false)
  /** Whose record has just got an outcome; until the next offer. */
  const savedFor = ref('')
  const news = new Set<News>()
  let socket: DeskSocket | null = null
  let snapshotAsked = false

  const loaded = computed(() => state.seq >= 0)
  const me = computed<AgentView | null>(() => (state.user?.agent_id && state.agents.get(state.user.agent_id)) || null)
  const workIds = computed(() => [...state.work.values()].sort(inOrder).map((item) => item.interaction_id))
  const offered = computed(() => {
    const offers = [...state.work.values()].filter((item) => item.state === 'offered').sort(inOrder)
    return offers[0] ?? null
  })
  /** Items whose customer has written what nobody has seen. */
  const unread = computed(() => [...state.work.values()].reduce((sum, item) => sum + (item.conversation?.unread ?? 0), 0))
  const selected = computed<WorkItem | null>(() => {
    const chosen = selectedId.value && state.work.get(selectedId.value)
    return chosen || state.work.get(workIds.value[0] ?? '') || null
  })
  const myQueueIds = computed(() => {
    const mine = me.value?.queues
    return [...state.queues.values()].filter((queue) => !mine || mine.includes(queue.id)).map((queue) => queue.id)
  })

  function start(): void {
    if (socket) return
    socket = new DeskSocket(deskSocketUrl(), { onState: onLine, onMessage: receive })
    socket.start()
  }

  function stop(): void {
    socket?.stop()
    socket = null
    Object.assign(state, emptyDesk())
    selectedId.value = null
  }

  function onLine(next: SocketState): void {
    snapshotAsked = false
    line.value = next
  }

  /** Apply what came; on a gap ask once for a snapshot and ignore everything until it is there. */
  function receive(message: ServerMessage): void {
    if (message.type === 'snapshot' || message.type === 'pong') syncClock(message.at)
    const before = offered.value?.interaction_id
    const leaving = message.type === 'work.removed' ? state.work.get(message.interaction_id) : undefined
    const result = applyMessage(state, message)
    if (message.type === 'snapshot') snapshotAsked = false
    if (result === 'gap' && !snapshotAsked) {
      snapshotAsked = true
      socket?.send({ type: 'snapshot.request' })
    }
    popOffer(before)
    if (message.type === 'message.changed' || message.type === 'customer.types') news.forEach((hear) => hear(message))
    if (message.type === 'snapshot') news.forEach((hear) => hear(message))
    if (message.type === 'work.removed') removedMessage.value = Boolean(leaving && isMessage(leaving))
    if (message.type === 'work.removed') lastRemoval.value = REMOVALS.find((reason) => reason === message.reason) ?? null
  }

  /** A new offer takes the screen: that is the pop. */
  function popOffer(before: string | undefined): void {
    const now = offered.value?.interaction_id
    if (!now || now === before) return
    const held = selectedId.value ? state.work.get(selectedId.value) : undefined
    const inTheMiddle = held && BUSY.has(held.state) && offered.value && isMessage(offered.value)
    if (!inTheMiddle) selectedId.value = now
    lastRemoval.value = null
    savedFor.value = ''
  }

  async function changePresence(presence: Presence, reason: string | null): Promise<void> {
    await routes.changePresence({ presence, reason })
  }

  return {
    unread, removedMessage,
    /** Hear of single messages, and of every new snapshot. */
    onNews: (hear: News) => void news.add(hear),
    state, line, loaded, me, workIds, offered, selected, selectedId, myQueueIds, lastRemoval, savedFor,
    start, stop, receive, changePresence,
    retryNow: () => socket?.retryNow(),
    select: (id: string) => (selectedId.value = id),
  }
})

function inOrder(a: WorkItem, b: WorkItem): number {
  const rank = Number(isMessage(a)) - Number(isMessage(b)) || (WORK_ORDER[a.state] ?? 3) - (WORK_ORDER[b.state] ?? 3)
  return rank || a.created_at.localeCompare(b.created_at)
}
