import type { AgentView, ConversationView, CustomerCard, MessageView, QueueView, Snapshot, TimelineEntry, WaitingItem, WorkItem } from '@/generated/protocol'

const AT = '2026-03-02T08:00:00Z'

export const entry = (change: Partial<TimelineEntry> = {}): TimelineEntry => ({
  id: 't1', kind: 'call', at: AT, title: 'Call', agent_name: null, body: {}, delivery: 'none', ...change,
})

export const card = (change: Partial<CustomerCard> = {}): CustomerCard => ({
  id: 'c1', version: 1, kind: 'person', name: 'Wang Fang', form_of_address: 'Ms Wang', language: 'zh', tier: 'gold', credit_grade: 'A',
  lifecycle: 'stable', owner_name: null, value_year: null, site: null, facts: {}, addresses: [], timeline: [], ...change,
})

export const work = (change: Partial<WorkItem> = {}): WorkItem => ({
  interaction_id: 'i1', version: 1, state: 'offered', channel: 'voice', reservation_id: 'r1', queue: null, address: '+8613900000131', caller_name: '',
  called_number: '4001', language: 'zh', menu_path: [], created_at: AT, queued_at: AT, offered_at: AT, offer_deadline_at: '2026-03-02T08:00:20Z',
  answered_at: null, ended_at: null, wrap_up_until: null, end_reason: null, kind: 'live', attempts: 0, why: [], customer: card(), conversation: null, ...change,
})

export const talk = (change: Partial<ConversationView> = {}): ConversationView => ({
  id: 'v1', version: 1, subject: '', newest: 1, unread: 1, last: null, waiting_since: AT, first_response_due_at: null, last_inbound_at: AT, opted_out: false, ...change,
})

export const message = (seq: number, change: Partial<MessageView> = {}): MessageView => ({
  id: `m${seq}`, conversation_id: 'v1', interaction_id: 'i1', seq, direction: 'in', author: 'customer', agent_name: null, body: `text ${seq}`, template: null, at: AT,
  state: 'received', error: null, client_id: null, files: [], ...change,
})

export const agent = (change: Partial<AgentView> = {}): AgentView => ({
  id: 'a1', version: 1, name: 'Lin Yue', presence: 'available', presence_reason: null, presence_since: AT, work_state: 'idle', work_since: AT,
  interaction_id: null, phone_reachable: true, missed: 0, queues: ['q1'], load: {}, capacity: {}, ...change,
})

export const queue = (change: Partial<QueueView> = {}): QueueView => ({
  id: 'q1', code: 'shipments', name: { en: 'Shipments', zh: '货物查询' }, waiting: 0, messages_waiting: 0, waiting_by_tier: {}, oldest_queued_at: null, offered: 0, to_call: 0, active: 0,
  agents_available: 1, agents_signed_in: 1, target_seconds: 20, answered_today: 0, abandoned_today: 0, service_level: null, ...change,
})

export const waiting = (change: Partial<WaitingItem> = {}): WaitingItem => ({
  interaction_id: 'i9', version: 1, state: 'queued', channel: 'voice', queue_id: 'q1', customer_name: 'Li Qiang', tier: 'standard', address: '',
  agent_id: null, created_at: AT, queued_at: AT, answered_at: null, kind: 'live', attempts: 0, due_at: null, ...change,
})

export const snapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  type: 'snapshot', seq: 0, protocol: 1, at: AT,
  user: { id: 'u1', login: 'lin', name: 'Lin Yue', role: 'agent', agent_id: 'a1', language: 'en', theme: 'system' },
  voice: { available: true, reason: '' }, work: [], queues: [queue()], agents: [agent()], interactions: [], outcomes: [], away_reasons: ['break'], ...change,
})
