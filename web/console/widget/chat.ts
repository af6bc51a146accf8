import { newId, type Memory, type Unsent } from './memory'
import { CLOSE, type Message, type Phase, type Place, type ServerFrame } from './wire'

const PING_MS = 20_000
const DEAD_MS = 8_000
const LONGEST_PAUSE_MS = 15_000
const TYPING_EVERY_MS = 2_500
const TYPING_SHOWN_MS = 6_000

export type Line = 'idle' | 'connecting' | 'up' | 'lost' | 'crowded' | 'gone'

/** The conversation as this tab knows it. It survives any loss of the line: what is not acknowledged is sent again
 * under the same id, and what was missed is asked for by the newest number that is here. */
export class Chat {
  messages: Message[] = []
  pending: Unsent[]
  line: Line = 'idle'
  phase: Phase = 'none'
  agent = ''
  open = true
  place: Place | null = null
  typing = ''
  /** The newest of ours that the agent has seen. */
  agentRead = 0
  refusal = ''

  private socket: WebSocket | null = null
  private tries = 0
  private timer = 0
  private beat = 0
  private death = 0
  private gotTimer = 0
  private typingEnds = 0
  private typedAt = 0
  private gotSent = 0
  private readSent = 0
  private ended = false

  constructor(
    private readonly address: string,
    readonly memory: Memory,
    private readonly language: string,
    private readonly changed: (news: Message | null) => void,
  ) {
    this.pending = memory.unsent()
    window.addEventListener('offline', this.drop)
    window.addEventListener('online', this.now)
    document.addEventListener('visibilitychange', this.looked)
    window.addEventListener('storage', this.stored)
  }

  get newest(): number {
    return this.messages.at(-1)?.seq ?? 0
  }

  get token(): string | null {
    return this.memory.token
  }

  /** Stop for good. */
  destroy(): void {
    this.ended = true
    window.removeEventListener('offline', this.drop)
    window.removeEventListener('online', this.now)
    document.removeEventListener('visibilitychange', this.looked)
    window.removeEventListener('storage', this.stored)
    this.hangUp()
  }

  connect(): void {
    if (this.ended || this.socket || this.line === 'gone') return
    window.clearTimeout(this.timer)
    if (!navigator.onLine) return this.show('lost')
    if (this.line !== 'lost') this.show('connecting')
    const socket = new WebSocket(this.address)
    this.socket = socket
    this.expect()
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token: this.token, seen: this.newest, language: this.language }))
    socket.onmessage = (event) => {
      if (socket === this.socket) this.take(JSON.parse(String(event.data)) as ServerFrame)
    }
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code)
    }
  }

  /** Write a message: kept in the browser until the server has it. */
  say(body: string, form?: Record<string, string>): void {
    const last = this.pending.at(-1)?.at ?? 0
    const message: Unsent = { id: newId(), body, at: Math.max(Date.now(), last + 1), ...(form ? { form } : {}) }
    this.memory.keep(message)
    this.pending.push(message)
    this.refusal = ''
    this.send(message)
    this.connect()
    this.changed(null)
  }

  leave(): void {
    this.put({ type: 'leave' })
  }

  type(): void {
    if (Date.now() - this.typedAt < TYPING_EVERY_MS) return
    this.typedAt = Date.now()
    this.put({ type: 'typing' })
  }

  /** Everything here was in front of the visitor. */
  markRead(): void {
    const newest = this.newest
    if (newest > this.readSent && this.put({ type: 'read', seq: newest })) this.readSent = newest
  }

  private take(frame: ServerFrame): void {
    this.expect()
    if (frame.type === 'welcome') this.welcomed(frame.token)
    else if (frame.type === 'message') this.add(frame)
    else if (frame.type === 'kept') this.kept(frame.id)
    else if (frame.type === 'refused') this.refused(frame.id, frame.code, frame.retry_after_seconds)
    else if (frame.type === 'status') {
      Object.assign(this, { phase: frame.phase, agent: frame.agent, open: frame.open })
      if (frame.phase !== 'waiting') this.place = null
      this.changed(null)
    } else if (frame.type === 'place') {
      this.place = frame.position ? frame : null
      this.changed(null)
    } else if (frame.type === 'typing') this.showTyping(frame.name)
    else if (frame.type === 'read') {
      this.agentRead = Math.max(this.agentRead, frame.seq)
      this.changed(null)
    }
  }

  private welcomed(token: string | null): void {
    if (token && this.memory.settleToken(token) !== token) {
      this.hangUp() // another tab has got a token meanwhile: be the same visitor
      this.connect()
      return
    }
    this.tries = this.gotSent = this.readSent = 0
    this.line = 'up'
    this.tellGotSoon()
    this.pending = this.merged()
    for (const message of this.pending) this.send(message)
    this.changed(null)
  }

  /** What is unsent here, and what another page of ours has left in the browser. */
  private merged(): Unsent[] {
    const here = new Map(this.pending.map((message) => [message.id, message]))
    for (const message of this.memory.unsent()) if (!this.has(message.id)) here.set(message.id, message)
    return [...here.values()].sort((one, other) => one.at - other.at)
  }

  private has(id: string): boolean {
    return this.messages.some((message) => message.id === id)
  }

  private add(message: Message): void {
    if (message.seq <= this.newest) return
    this.messages.push(message)
    if (message.id) this.settle(message.id)
    if (message.author === 'agent') this.typing = ''
    this.tellGotSoon()
    this.changed(message)
  }

  private tellGotSoon(): void {
    window.clearTimeout(this.gotTimer)
    this.gotTimer = window.setTimeout(() => {
      if (this.newest > this.gotSent && this.put({ type: 'got', seq: this.newest })) this.gotSent = this.newest
    }, 50)
  }

  private kept(id: string): void {
    this.memory.forget(id)
    this.changed(null)
  }

  private settle(id: string): void {
    this.memory.forget(id)
    this.pending = this.pending.filter((message) => message.id !== id)
  }

  private refused(id: string | null, code: string, again: number | null): void {
    this.refusal = code
    if (id && again) window.setTimeout(() => this.retry(id), again * 1_000)
    else if (id) {
      this.memory.draft = this.pending.find((each) => each.id === id)?.body ?? this.memory.draft
      this.settle(id)
    }
    this.changed(null)
  }

  private retry(id: string): void {
    const message = this.pending.find((each) => each.id === id)
    if (this.refusal === 'chat.too_many') this.refusal = ''
    if (message) this.send(message)
    this.changed(null)
  }

  private showTyping(name: string): void {
    this.typing = name || this.agent || ' '
    window.clearTimeout(this.typingEnds)
    this.typingEnds = window.setTimeout(() => {
      this.typing = ''
      this.changed(null)
    }, TYPING_SHOWN_MS)
    this.changed(null)
  }

  private send(message: Unsent): void {
    this.put({ type: 'say', id: message.id, body: message.body, ...(message.form ? { form: message.form } : {}) })
  }

  private put(frame: object): boolean {
    if (this.line !== 'up' || this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(frame))
    return true
  }

  /** The line is alive; ask again later, and give it up when nothing answers. */
  private expect(): void {
    window.clearTimeout(this.death)
    this.keepBeating()
    this.death = window.setTimeout(() => this.closed(0), PING_MS + DEAD_MS)
  }

  private keepBeating(): void {
    window.clearTimeout(this.beat)
    this.beat = window.setTimeout(() => {
      this.put({ type: 'ping' })
      this.keepBeating()
    }, PING_MS)
  }

  private closed(code: number): void {
    this.hangUp()
    if (this.ended) return
    if (code === CLOSE.unknown) return this.show('gone')
    if (code === CLOSE.idle) return this.show('idle')
    this.show(code === CLOSE.tooMany ? 'crowded' : 'lost')
    const pause = Math.min(LONGEST_PAUSE_MS, 400 * 2 ** this.tries++)
    this.timer = window.setTimeout(() => this.connect(), pause * (0.6 + 0.4 * Math.random()))
  }

  private hangUp(): void {
    for (const timer of [this.timer, this.beat, this.death, this.gotTimer]) window.clearTimeout(timer)
    const socket = this.socket
    this.socket = null
    socket?.close()
  }

  private show(line: Line): void {
    this.line = line
    this.changed(null)
  }

  private readonly drop = (): void => {
    if (!this.socket) return
    this.hangUp()
    this.show('lost')
  }

  private readonly now = (): void => {
    if (this.line === 'lost') {
      this.tries = 0
      this.connect()
    }
  }

  private readonly looked = (): void => {
    if (document.visibilityState === 'visible' && this.line === 'lost') this.now()
  }

  private readonly stored = (event: StorageEvent): void => {
    if (this.memory.isTokenKey(event.key) && event.newValue && event.oldValue && event.newValue !== event.oldValue) {
      this.messages = []
      this.hangUp()
      this.connect()
    }
  }
}
