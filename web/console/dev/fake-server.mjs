// Serves dist/ and pretends to be the product: `node dev/fake-server.mjs [port]`. For looking and for browser tests.
// GET /fake/{offer|active|wrap|remove|drop|back|empty|novoice|gap} moves the story on.
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import * as fake from './fake-data.mjs'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const desks = new Map()
const users = {
  agent: { id: '1', login: 'agent', name: 'Lin Yue', role: 'agent', agent_id: fake.me.id, language: 'en', theme: 'system' },
  supervisor: { id: '2', login: 'supervisor', name: 'Gao Ming', role: 'supervisor', agent_id: null, language: 'en', theme: 'system' },
}
let work = []
let voice = { available: true, reason: '' }
let down = false
let empty = false

const userOf = (request) => users[/fake=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '']
const session = (user) => ({ user, csrf_token: 'token', demo: true })

function snapshot(user) {
  const boards = user.role === 'supervisor'
  return {
    type: 'snapshot', seq: 0, protocol: 1, at: fake.ago(0), user, voice, work: boards ? [] : work, queues: empty ? [] : fake.queues,
    agents: empty && boards ? [] : boards ? fake.agents : [fake.me], interactions: boards && !empty ? fake.interactions : [],
    outcomes: fake.outcomes, away_reasons: ['break', 'lunch', 'training', 'meeting'],
  }
}

function tell(message) {
  for (const [socket, desk] of desks) socket.send(JSON.stringify({ ...message, seq: ++desk.seq }))
}

function renew() {
  for (const [socket, desk] of desks) { desk.seq = 0; socket.send(JSON.stringify(snapshot(desk.user))) }
}

function put(change) {
  const item = fake.workItem({ ...work[0], ...change, version: (work[0]?.version ?? 0) + 1 })
  work = [item]
  tell({ type: 'work.changed', item })
}

const story = {
  offer: () => { work = []; put({ offered_at: fake.ago(0), offer_deadline_at: fake.inSeconds(20), queued_at: fake.ago(41) }) },
  callback: () => { work = []; put({ kind: 'callback', attempts: 1, offered_at: fake.ago(0), offer_deadline_at: fake.inSeconds(20), queued_at: fake.ago(410) }) },
  calling: () => put({ state: 'active', answered_at: null, offer_deadline_at: null }),
  active: () => put({ state: 'active', answered_at: fake.ago(1), offer_deadline_at: null }),
  wrap: () => put({ state: 'wrapping', ended_at: fake.ago(0), end_reason: 'completed', wrap_up_until: fake.inSeconds(30) }),
  messages: () => { work = fake.inHand(); renew() },
  message: () => { work = [fake.offer()]; renew() },
  later: () => { work = [...fake.inHand().slice(1), { ...fake.offer() }]; renew() },
  types: () => { for (const item of work) if (item.conversation) tell({ type: 'customer.types', conversation_id: item.conversation.id }) },
  remove: () => { if (work[0]) tell({ type: 'work.removed', interaction_id: work[0].interaction_id, reservation_id: null, reason: 'expired' }); work = [] },
  gap: () => { for (const desk of desks.values()) desk.seq += 1; put({}) },
  drop: () => { down = true; for (const socket of desks.keys()) socket.terminate() },
  back: () => { down = false },
  empty: () => { empty = !empty; work = []; for (const socket of desks.keys()) socket.terminate() },
  novoice: () => { voice = { available: !voice.available, reason: 'Asterisk is not running' }; tell({ type: 'voice.changed', voice }) },
}

const read = (request) => new Promise((resolve) => { let text = ''; request.on('data', (part) => (text += part)); request.on('end', () => resolve(text ? JSON.parse(text) : {})) })

const routes = {
  'POST /api/session': (user, body, response) => {
    const found = body.password === 'secret' && users[body.login]
    if (!found) return [401, { code: 'session.refused', message: 'wrong', details: {} }]
    response.setHeader('Set-Cookie', `fake=${body.login}; Path=/; SameSite=Strict`)
    return [200, session(found)]
  },
  'GET /api/session': (user) => (user ? [200, session(user)] : [401, { code: 'session.none', message: '', details: {} }]),
  'DELETE /api/session': (user, body, response) => { response.setHeader('Set-Cookie', 'fake=; Path=/; Max-Age=0'); return [200, null] },
  'PATCH /api/me': (user) => [200, session(user)],
  'POST /api/callbacks': () => [422, { code: 'callback.bad_number', message: '', details: {} }],
  'POST /api/me/presence': (user, body) => {
    Object.assign(fake.me, { presence: body.presence, presence_reason: body.reason, presence_since: fake.ago(0), version: fake.me.version + 1 })
    tell({ type: 'agent.changed', agent: fake.me })
    return [200, fake.me]
  },
  'GET /api/canned-replies': () => [200, fake.canned],
  'GET /api/softphone': () => [200, { ws_url: '', uri: '', username: '', password: '', display_name: '' }],
  'GET /api/customers': () => [200, [fake.card, { ...fake.card, id: 'x', name: 'Wang Fan Logistics', tier: 'standard' }].map(({ id, name, kind, tier, addresses }) => ({ id, name, kind, tier, address: addresses[0] }))],
  'GET /api/demo/phone': () => [200, fake.demoPhone],
  'GET /api/demo/crm': () => [200, empty ? [] : fake.webhooks],
}

async function answer(request, response) {
  const path = new URL(request.url, 'http://x').pathname
  if (path.startsWith('/fake/')) { story[path.slice(6)]?.(); return response.end('ok') }
  if (!path.startsWith('/api/')) return file(path, response)
  if (path.startsWith('/api/files/')) return response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end('<svg xmlns="http://www.w3.org/2000/svg" width="240" height="150"><rect width="240" height="150" fill="#b9a27c"/><rect x="40" y="30" width="160" height="90" fill="#8d7448"/></svg>')
  const body = request.method === 'GET' ? {} : await read(request)
  const route = routes[`${request.method} ${path}`] ?? special(request.method, path)
  const [status, payload] = down ? [503, { code: 'down', message: '', details: {} }] : route ? route(userOf(request), body, response) : [404, { code: 'none', message: '', details: {} }]
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(status === 204 ? undefined : JSON.stringify(payload))
}

const added = []

function page(id) {
  const whatsapp = work.find((item) => item.conversation?.id === id)?.channel === 'whatsapp'
  const fresh = work.some((item) => item.conversation?.id === id && item.state === 'offered')
  return {
    id, channel: 'sms', address: '', our_address: '', subject: '', customer_id: fake.card.id, language: 'en', interaction_id: null, newest: 7, opted_out: false,
    window_closes_at: whatsapp ? fake.ago(60) : null, templates: [{ name: 'parcel_news', language: 'en', text: 'News of your shipment {{1}}: {{2}}' }],
    messages: [...(fresh ? fake.thread.slice(0, 1) : fake.thread), ...added].map((message) => ({ ...message, conversation_id: id })), has_older: false,
  }
}

function say(id, body) {
  const message = { ...fake.thread[2], id: crypto.randomUUID(), seq: 8 + added.length, body: body.text, at: fake.ago(0), state: 'queued', client_id: body.client_id }
  added.push(message)
  return { message_id: message.id, seq: message.seq, state: 'queued' }
}

function special(method, path) {
  if (method === 'GET' && path.startsWith('/api/conversations/')) return () => [200, page(path.split('/')[3])]
  if (method === 'POST' && path.endsWith('/messages')) return (user, body) => (body.text === 'fail' ? [503, { code: 'part.unavailable', message: '', details: {} }] : [201, say(path.split('/')[3], body)])
  if (method === 'POST' && /\/(read|typing|accept|hand-over|again)$/.test(path)) return () => [204, null]
  if (path.startsWith('/api/customers/')) return () => [200, fake.card]
  if (path.endsWith('/why')) return () => { const found = fake.why(path.split('/')[3]); return found ? [200, found] : [404, { code: 'interaction.unknown', message: '', details: {} }] }
  if (method === 'POST' && path.endsWith('/outcome')) {
    return (user, body) => { if (work[0]) tell({ type: 'work.removed', interaction_id: work[0].interaction_id, reservation_id: null, reason: 'closed' }); work = []; return [200, { interaction_id: path.split('/')[3], code: body.code, late: false }] }
  }
  if (method === 'POST' && path.endsWith('/presence')) return () => [409, { code: 'presence.moved', message: '', details: {} }]
}

function file(path, response) {
  const wanted = join(dist, path)
  const found = extname(path) && wanted.startsWith(dist) && existsSync(wanted) ? wanted : join(dist, 'index.html')
  response.writeHead(200, { 'Content-Type': types[extname(found)] ?? 'application/octet-stream' })
  createReadStream(found).pipe(response)
}

const server = createServer(answer)
const sockets = new WebSocketServer({ noServer: true })
server.on('upgrade', (request, socket, head) => {
  const user = userOf(request)
  if (down || !user || !request.url.startsWith('/api/desk')) return socket.destroy()
  sockets.handleUpgrade(request, socket, head, (desk) => {
    desks.set(desk, { seq: 0, user })
    desk.send(JSON.stringify(snapshot(user)))
    desk.on('close', () => desks.delete(desk))
    desk.on('message', (data) => onMessage(desk, user, JSON.parse(data)))
  })
})

function onMessage(socket, user, message) {
  const desk = desks.get(socket)
  if (message.type === 'ping') return socket.send(JSON.stringify({ type: 'pong', seq: ++desk.seq, at: fake.ago(0) }))
  desk.seq = 0
  socket.send(JSON.stringify(snapshot(user)))
}

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
