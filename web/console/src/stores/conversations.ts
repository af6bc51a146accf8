import { defineStore } from 'pinia'
import { reactive } from 'vue'
import { ApiError } from '@/api/http'
import { routes } from '@/api/routes'
import { serverNow } from '@/composables/now'
import { mergeMessages } from '@/desk/messages/thread'
import type { ConversationPage, MessageView, NewMessage, Uploaded } from '@/generated/protocol'
import { useDesk } from './desk'

/** A message on its way to the server, or one that has not got there. */
export interface Pending {
  body: NewMessage & { client_id: string }
  files: Uploaded[]
  at: string
  failed: string | null
}

export interface Thread {
  page: Omit<ConversationPage, 'messages'> | null
  messages: MessageView[]
  pending: Pending[]
  hasOlder: boolean
  loading: 'no' | 'newest' | 'older'
  failed: boolean
  /** Until when the customer is shown as writing, in the server's milliseconds. */
  typesUntil: number
}

const KEY = 'hotline.pending'
const TYPES_MS = 6_000

/** The conversations that were opened in this tab, with what is on its way. */
export const useConversations = defineStore('conversations', () => {
  const threads = reactive(new Map<string, Thread>())
  const kept = restore()

  useDesk().onNews((news) => {
    if (news.type === 'message.changed') take(news.message)
    else if (news.type === 'customer.types') {
      const thread = threads.get(news.conversation_id)
      if (thread) thread.typesUntil = serverNow() + TYPES_MS
    } else for (const id of threads.keys()) void loadNewest(id)
  })

  function of(id: string): Thread {
    const known = threads.get(id)
    if (known) return known
    const pending = kept.get(id) ?? []
    threads.set(id, { page: null, messages: [], pending, hasOlder: false, loading: 'no', failed: false, typesUntil: 0 })
    return threads.get(id) as Thread
  }

  function take(message: MessageView): void {
    const thread = threads.get(message.conversation_id)
    if (!thread) return
    thread.messages = mergeMessages(thread.messages, [message])
    if (message.author === 'customer') thread.typesUntil = 0
    settle(message.conversation_id, message.client_id)
  }

  /** Read the newest messages; what is shown already stays, unless there is a hole between. */
  async function loadNewest(id: string): Promise<void> {
    const thread = of(id)
    if (thread.loading === 'newest') return
    thread.loading = 'newest'
    try {
      const { messages, ...page } = await routes.conversation(id)
      const hole = thread.messages.length && messages[0] && messages[0].seq > (thread.messages.at(-1)?.seq ?? 0) + 1
      if (hole || !thread.messages.length) thread.hasOlder = page.has_older
      thread.messages = mergeMessages(hole ? [] : thread.messages, messages)
      thread.page = page
      thread.failed = false
      messages.forEach((message) => settle(id, message.client_id))
    } catch (error) {
      thread.failed = !(error instanceof ApiError && error.status === 404)
    } finally {
      thread.loading = 'no'
    }
  }

  async function loadOlder(id: string): Promise<void> {
    const thread = of(id)
    const first = thread.messages[0]
    if (!first || !thread.hasOlder || thread.loading !== 'no') return
    thread.loading = 'older'
    try {
      const { messages, has_older: hasOlder } = await routes.conversation(id, first.seq)
      thread.messages = mergeMessages(thread.messages, messages)
      thread.hasOlder = hasOlder
    } catch {
      thread.failed = true
    } finally {
      thread.loading = 'no'
    }
  }

  /** Send; what does not get to the server stays below the conversation and can be tried again, as the same message. */
  async function send(id: string, body: Omit<NewMessage, 'client_id'>, files: Uploaded[]): Promise<void> {
    const whole = { ...body, client_id: crypto.randomUUID(), files: files.map((file) => file.upload_id) }
    of(id).pending.push({ body: whole, files, at: new Date(serverNow()).toISOString(), failed: null })
    await attempt(id, whole.client_id)
  }

  async function attempt(id: string, clientId: string): Promise<void> {
    const one = of(id).pending.find((pending) => pending.body.client_id === clientId)
    if (!one) return
    one.failed = null
    try {
      await routes.sendMessage(id, one.body)
      await loadNewest(id)
      settle(id, clientId)
    } catch (error) {
      one.failed = error instanceof ApiError ? error.code : 'console'
    }
    keep()
  }

  function settle(id: string, clientId: string | null | undefined): void {
    const thread = threads.get(id)
    if (!thread || !clientId) return
    const left = thread.pending.filter((pending) => pending.body.client_id !== clientId)
    if (left.length !== thread.pending.length) thread.pending = left
    keep()
  }

  /** What has not got to the server outlives a reload. */
  function keep(): void {
    const rows = [...threads].filter(([, thread]) => thread.pending.length).map(([id, thread]) => [id, thread.pending])
    sessionStorage.setItem(KEY, JSON.stringify(rows))
  }

  return { of, loadNewest, loadOlder, send, attempt, discard: settle }
})

function restore(): Map<string, Pending[]> {
  try {
    const rows = new Map(JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as [string, Pending[]][])
    rows.forEach((pending) => pending.forEach((one) => (one.failed ??= 'network')))
    return rows
  } catch {
    return new Map()
  }
}
