// A made-up company for looking at the console without the product behind it.
import { randomUUID } from 'node:crypto'

export const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString()
export const inSeconds = (seconds) => ago(-seconds)

const queue = (code, en, zh, values) => ({
  id: `00000000-0000-0000-0000-0000000000${values.n}`, code, name: { en, zh }, waiting: 0, messages_waiting: 0, waiting_by_tier: {},
  oldest_queued_at: null, offered: 0, to_call: 0, active: 0, agents_available: 2, agents_signed_in: 5, target_seconds: 20,
  answered_today: 0, abandoned_today: 0, service_level: null, ...Object.fromEntries(Object.entries(values).filter(([k]) => k !== 'n')),
})

export const queues = [
  queue('shipments', 'Shipments', '货物查询', { n: '01', waiting: 4, messages_waiting: 1, waiting_by_tier: { gold: 2, standard: 2 }, oldest_queued_at: ago(41), active: 4, answered_today: 128, abandoned_today: 6, service_level: 0.86 }),
  queue('complaints', 'Complaints', '投诉', { n: '02', waiting: 1, waiting_by_tier: { key: 1 }, oldest_queued_at: ago(12), active: 1, agents_available: 0, answered_today: 41, abandoned_today: 5, service_level: 0.72 }),
  queue('customs', 'Customs and duties', '报关与关税', { n: '03' }),
]

const names = ['Lin Yue', 'Zhao Lei', 'Chen Hao', 'Sun Mei', 'Wu Gang', 'Amelia Hart', 'Peter Novak', 'Guo Jing', 'Hu Bin', 'Maria Santos de Oliveira', 'Ma Chao', 'Qian Duo']
const states = [
  ['available', null, 'idle'], ['available', null, 'engaged'], ['available', null, 'engaged'], ['available', null, 'wrapping'],
  ['away', 'lunch', 'idle'], ['available', null, 'engaged'], ['away', 'rona', 'idle'], ['offline', null, 'idle'], ['available', null, 'reserved'],
  ['available', null, 'idle'], ['offline', null, 'idle'], ['available', null, 'idle'],
]
export const agents = names.map((name, n) => ({
  id: `10000000-0000-0000-0000-0000000000${String(n).padStart(2, '0')}`, version: 1, name, presence: states[n][0], presence_reason: states[n][1],
  presence_since: ago(134 + n * 211), work_state: states[n][2], work_since: ago(20 + n * 67), interaction_id: null,
  phone_reachable: n !== 11, missed: n === 7 ? 2 : 0, load: n === 0 ? { sms: 2, chat: 1 } : n === 9 ? { chat: 3 } : {}, capacity: n % 3 ? {} : { sms: 4, chat: 4 }, queues: queues.slice(0, 2).map((one) => one.id),
}))
export const me = agents[0]

const entry = (kind, days, title, agent, body, delivery) => ({ id: randomUUID(), kind, at: ago(days * 86400 + 3000), title, agent_name: agent, body, delivery })
const call = (days, agent, outcome, note, delivery = 'delivered', talk = 250) =>
  entry('call', days, 'Call', agent, { queue: { code: 'shipments', name_en: 'Shipments', name_zh: '货物查询' }, outcome, note, talk_seconds: talk, end_reason: 'completed' }, delivery)

export const card = {
  id: randomUUID(), version: 3, kind: 'company', name: 'Wang Fang 王芳', form_of_address: 'Ms Wang', language: 'zh', tier: 'gold', credit_grade: 'A',
  lifecycle: 'stable', owner_name: 'Zhao Lei', value_year: '1204000.00', site: 'Suzhou',
  facts: {
    open: [
      { kind: 'complaint', text: 'pallet SZ-20931 arrived wet', due_at: inSeconds(5400) },
      { kind: 'promise', text: 'new quote for the weekly line', due_at: inSeconds(86400 * 3) },
    ],
    preferences: ['phone in the morning'], mood: [-1, 0, 1, -1, 0], last_csat: 2,
  },
  addresses: ['+8613900000131', 'fang.wang@suzhou-glass.example'],
  timeline: [
    call(0, 'Sun Mei', { code: 'eta', name_en: 'Arrival time given', name_zh: '已告知到货时间' }, 'Asked for the arrival of SZ-20931; told her tomorrow before noon. She wants a message when it leaves the port.', 'pending'),
    entry('message', 3, 'SMS: where is my container?', 'Chen Hao', {}, 'none'),
    entry('complaint', 19, 'Complaint closed: wrong invoice', 'Zhao Lei', { note: 'Credit note sent, customer satisfied.' }, 'delivered'),
    call(24, null, null, '', 'none', 0),
    call(40, 'Lin Yue', { code: 'rate', name_en: 'Rate quoted', name_zh: '已报价' }, '', 'dead', 612),
    entry('tier_change', 210, 'Tier silver to gold (value)', null, {}, 'none'),
  ],
}

export const workItem = (change = {}) => ({
  interaction_id: randomUUID(), version: 1, state: 'offered', channel: 'voice', reservation_id: randomUUID(),
  queue: { id: queues[1].id, code: 'complaints', name: queues[1].name }, address: '+86 139 0000 0131', caller_name: 'Wang Fang', called_number: '+86 512 5550 0100',
  language: 'zh', menu_path: [{ node: 'main', choice: '2', label: { en: 'Complaint', zh: '投诉' } }], created_at: ago(58), queued_at: ago(41),
  offered_at: ago(0), offer_deadline_at: inSeconds(20), answered_at: null, ended_at: null, wrap_up_until: null, end_reason: null,
  kind: 'live', attempts: 0, why: ['longest_idle'], customer: card, conversation: null, ...change,
})

export const talkOf = (change = {}) => ({
  id: randomUUID(), version: 1, subject: '', newest: 3, unread: 0, last: null, waiting_since: null, first_response_due_at: null, last_inbound_at: ago(70), opted_out: false, ...change,
})
const said = (seq, author, body, seconds, change = {}) => ({
  id: randomUUID(), conversation_id: '', interaction_id: null, seq, direction: author === 'customer' ? 'in' : 'out', author, agent_name: author === 'agent' ? 'Lin Yue' : null, body,
  template: null, at: ago(seconds), state: author === 'customer' ? 'received' : 'delivered', error: null, client_id: null, files: [], ...change,
})
const fileOf = (name, type, change = {}) => ({ id: randomUUID(), name, content_type: type, size: 184000, state: 'stored', reason: null, is_image: false, ...change })
export const thread = [
  said(1, 'customer', 'Good morning, my pallet SZ-20931 has arrived, but two cartons are wet.', 90000),
  said(2, 'system', 'Thank you for writing. We answer within five minutes.', 89990),
  said(3, 'agent', 'Good morning Ms Wang, I am sorry to hear that. Could you send me a photo of the cartons?', 89900, { state: 'read' }),
  said(4, 'customer', 'Here it is. And the delivery note.', 400, { files: [fileOf('carton.png', 'image/png', { is_image: true }), fileOf('delivery-note-SZ-20931.pdf', 'application/pdf')] }),
  said(5, 'agent', 'Thank you. I have opened a claim, number CL-8842; the surveyor comes tomorrow between 10 and 12.', 300),
  said(6, 'agent', 'Please keep the cartons as they are until then.', 280, { state: 'failed', error: 'twilio.30003' }),
  said(7, 'customer', '好的，谢谢。那新的报价什么时候可以发给我？\nIs Friday still possible?', 70),
]
export const messageItem = (change = {}, talk = {}) => workItem({
  state: 'active', channel: 'sms', menu_path: [], offer_deadline_at: null, answered_at: ago(300), queued_at: ago(420), queue: { id: queues[0].id, code: 'shipments', name: queues[0].name }, why: ['last_agent', 'load'],
  conversation: talkOf({ newest: 7, unread: 1, waiting_since: ago(70), last: { seq: 7, author: 'customer', text: '好的，谢谢。那新的报价什么时候可以发给我？', files: 0, state: 'received', at: ago(70) }, ...talk }), ...change,
})
const other = (name, tier) => ({ ...card, id: randomUUID(), name, tier, facts: {}, timeline: card.timeline.slice(0, 2) })
const lastWords = (text, seconds) => ({ seq: 1, author: 'customer', text, files: 0, state: 'received', at: ago(seconds) })
export const inHand = () => [
  workItem({ state: 'active', answered_at: ago(192), offer_deadline_at: null, customer: other('Hoteng Machinery Ltd', 'key') }),
  messageItem(),
  messageItem({ channel: 'chat', customer: other('Visitor 88', 'standard'), address: 'visitor-88', queued_at: ago(50) }, { unread: 3, newest: 2, waiting_since: ago(50), first_response_due_at: inSeconds(10), last: lastWords('Hello? Is anybody there?', 20) }),
  messageItem({ channel: 'whatsapp', customer: other('Li Qiang', 'gold') }, { unread: 0, newest: 2, waiting_since: ago(400), first_response_due_at: ago(100), last: lastWords('Where is my container?', 400) }),
  messageItem({ channel: 'email', customer: other('Marta Keller', 'silver'), state: 'wrapping', wrap_up_until: inSeconds(60), ended_at: ago(3), end_reason: 'completed' }, { unread: 0, subject: 'Re: invoice 2026-118', waiting_since: null, last: lastWords('Thanks, all clear now.', 90) }),
]
export const offer = () => messageItem({ state: 'offered', channel: 'chat', offered_at: ago(0), offer_deadline_at: inSeconds(20), answered_at: null, queued_at: ago(12) },
  { newest: 1, unread: 1, waiting_since: ago(12), first_response_due_at: inSeconds(48), last: lastWords('Good morning, my pallet SZ-20931 has arrived, but two cartons are wet.', 12) })
export const canned = [
  ['hello', 'en', 'Good morning {customer.name}, this is {agent.name}. How can I help?'], ['hello', 'zh-CN', '{customer.name}您好，我是{agent.name}，请问有什么可以帮您？'],
  ['wait', 'en', 'One moment please, I am looking into it.'], ['claim', 'en', 'I have opened a claim for you. You get its number by message.'], ['bye', 'en', 'Thank you for writing, {customer.name}. Have a good day!'],
].map(([code, language, text]) => ({ id: randomUUID(), code, language, queue_id: null, text }))

const live = (name, tier, state, queueAt, agentAt, seconds) => ({
  interaction_id: randomUUID(), version: 1, state, channel: 'voice', queue_id: queueAt === null ? null : queues[queueAt].id, customer_name: name, tier,
  address: '+86 139 0000 0131', agent_id: agentAt === null ? null : agents[agentAt].id, created_at: ago(seconds + 20),
  queued_at: state === 'in_menu' ? null : ago(seconds), answered_at: state === 'active' ? ago(seconds - 10) : null,
  kind: 'live', attempts: 0, due_at: null,
})
const toCall = (name, tier, queueAt, seconds, change) => ({ ...live(name, tier, 'queued', queueAt, null, seconds), kind: 'callback', ...change })
export const interactions = [
  live('Suzhou Glass Ltd', 'gold', 'active', 0, 1, 260), live('Li Qiang', 'standard', 'active', 0, 2, 95), live('Hoteng Machinery Import and Export Company Limited', 'key', 'active', 1, 5, 44),
  live('Wang Fang', 'gold', 'queued', 0, null, 41), live('', 'standard', 'queued', 0, null, 15), live('Zhou Wei', 'key', 'offered', 1, 8, 12), live('Unknown', 'standard', 'in_menu', null, null, 4),
  { ...live('Chen Jie', 'gold', 'queued', 0, null, 95), channel: 'sms' }, { ...live('Marta Keller', 'silver', 'active', 1, 9, 130), channel: 'email' },
  toCall('Ningbo Yifeng Textiles', 'gold', 0, 340, {}), toCall('Zhang Wei', 'standard', 0, 1210, { attempts: 2, due_at: inSeconds(170) }),
  toCall('Marta Keller Spedition und Lagerhaus GmbH', 'key', 1, 5, { kind: 'follow_up', due_at: inSeconds(5400) }),
]

const outcome = (code, parent, en, zh, selectable = true) => ({ code, parent, name: { en, zh }, selectable })
export const outcomes = [
  outcome('info', null, 'Information', '咨询', false), outcome('eta', 'info', 'Arrival time given', '已告知到货时间'), outcome('rate', 'info', 'Rate quoted', '已报价'), outcome('docs', 'info', 'Documents sent', '已发送单证'),
  outcome('complaint', null, 'Complaint', '投诉', false), outcome('solved', 'complaint', 'Solved on the phone', '电话中已解决'), outcome('case', 'complaint', 'Case opened', '已立案'),
  outcome('other', null, 'Other', '其他', false), outcome('wrong', 'other', 'Wrong number', '打错电话'), outcome('callback', 'other', 'Customer calls back', '客户会再来电'),
]

export const webhooks = [
  { received_at: ago(30), event_id: randomUUID(), kind: 'interaction.concluded', signature_valid: true, times: 1, body: { customer: { name: 'Wang Fang' }, outcome: { code: 'eta', name_en: 'Arrival time given', name_zh: '已告知到货时间' }, agent: { name: 'Lin Yue' }, note: 'Tomorrow before noon.' } },
  { received_at: ago(4000), event_id: randomUUID(), kind: 'interaction.concluded', signature_valid: true, times: 2, body: { customer: { name: 'Li Qiang' }, outcome: 'rate' } },
]

export const demoPhone = {
  ws_url: '', uri: 'sip:demo@hotline.local', username: 'demo', password: 'demo-secret',
  numbers: [{ number: '4001', name: 'Harbour Logistics, main number' }],
  customers: [{ name: 'Wang Fang 王芳', number: '+8613900000131', tier: 'gold' }, { name: 'Li Qiang', number: '+8613900000132', tier: 'standard' }],
}

const skill = { code: 'customs', level: 3, name: { en: 'Customs', zh: '报关' } }
const candidate = (at, cost, idle) => ({ agent_id: agents[at].id, name: agents[at].name, chosen: cost < 1, cost, terms: [], idle_seconds: idle })
const record = {
  trigger: 'item_arrived', reasons: ['speed', 'skills'], policy: 'main', policy_version: '4f1c09ab77d2', tier: 'gold', waited_seconds: 0, target_seconds: 20,
  idle_seconds: 140, skills: [skill], preferred: [], candidates: 2, agents: [candidate(2, 0.42, 140), candidate(1, 1.3, 65)], items: [],
  rejected: [{ reason: 'skill', count: 3 }, { reason: 'no_room', count: 1 }], replays: true,
}
const decision = (at, state) => ({ reservation_id: randomUUID(), agent_id: agents[at].id, agent_name: agents[at].name, state, together: false, at: ago(30), decided_at: ago(20), record })
const waiting = () => ({
  at: ago(0), would_help: ['relaxation', 'another_agent'], policy: 'main', policy_version: '4f1c09ab77d2', waited_seconds: 41, target_seconds: 20, past_cap: false,
  on_duty: 9, free: 3, could_serve: 4, could_serve_and_free: 1, waiting_alike: 2, rejected: [{ reason: 'not_in_queue', count: 2 }, { reason: 'excluded', count: 1 }],
  reserved_for: [], skills: [skill], preferred: [], kept_for: [], opens: [{ at: inSeconds(8), opens: ['level'], minimum_level: 3 }],
})

/** Why: a served one has a decision, a waiting one a declined offer, one in the menu nothing. */
export function why(id) {
  const item = interactions.find((each) => each.interaction_id === id)
  const decisions = !item?.queued_at ? [] : [decision(2, item.state === 'queued' ? 'rejected' : 'accepted')]
  return item && { interaction_id: id, version: 1, state: item.state, queue: null, decisions, waiting: item.state === 'queued' ? waiting() : null }
}
