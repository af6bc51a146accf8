import { CloseCode, type ClientMessage, type ServerMessage } from '@/generated/protocol'
import { backoffMs } from './backoff'

export type SocketState =
  | { kind: 'connecting'; since: number }
  | { kind: 'open'; since: number }
  | { kind: 'lost'; since: number; nextTryAt: number }
  | { kind: 'closed'; since: number; code: number }

export interface SocketListener {
  onState(state: SocketState): void
  onMessage(message: ServerMessage): void
}

/** The server closed because of us (signed out, too many desks open): trying again would change nothing. */
const FINAL_CODES = new Set<number>([CloseCode.SIGNED_OUT, CloseCode.REPLACED])
const PING_EVERY_MS = 10_000
const SILENCE_MS = 16_000
const OPEN_WITHIN_MS = 4_000

/** The desk's websocket: reconnects until it is stopped, and notices a line that is dead without saying so. */
export class DeskSocket {
  private socket: WebSocket | null = null
  private attempt = 0
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private watchTimer: ReturnType<typeof setInterval> | undefined
  private openTimer: ReturnType<typeof setTimeout> | undefined
  private heardAt = 0
  private lostSince: number | null = null

  constructor(
    private readonly url: string,
    private readonly listener: SocketListener,
    private readonly open: (url: string) => WebSocket = (address) => new WebSocket(address),
  ) {}

  start(): void {
    this.connect()
  }

  /** Close for good. */
  stop(): void {
    this.clearTimers()
    const socket = this.socket
    this.socket = null
    socket?.close(1000)
  }

  send(message: ClientMessage): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message))
  }

  /** Try now instead of at the announced time (the network is back, the person asked for it). */
  retryNow(): void {
    if (this.socket) return
    this.attempt = 0
    this.connect()
  }

  private connect(): void {
    this.clearTimers()
    if (this.lostSince === null) this.listener.onState({ kind: 'connecting', since: Date.now() })
    const socket = this.open(this.url)
    this.socket = socket
    socket.onopen = () => this.onOpen(socket)
    socket.onmessage = (event) => this.onFrame(socket, event.data)
    socket.onclose = (event) => this.onClose(socket, event.code)
    this.openTimer = setTimeout(() => this.drop(socket), OPEN_WITHIN_MS)
  }

  private onOpen(socket: WebSocket): void {
    if (socket !== this.socket) return
    clearTimeout(this.openTimer)
    this.attempt = 0
    this.lostSince = null
    this.heardAt = Date.now()
    this.watchTimer = setInterval(() => this.watch(socket), PING_EVERY_MS / 2)
    this.listener.onState({ kind: 'open', since: Date.now() })
  }

  private onFrame(socket: WebSocket, data: unknown): void {
    if (socket !== this.socket) return
    this.heardAt = Date.now()
    const message = parse(data)
    if (message) this.listener.onMessage(message)
  }

  private watch(socket: WebSocket): void {
    const silence = Date.now() - this.heardAt
    if (silence > SILENCE_MS) this.drop(socket)
    else if (silence > PING_EVERY_MS / 2) this.send({ type: 'ping' })
  }

  /** Give up a socket without waiting for its closing handshake, which a dead line never answers. */
  private drop(socket: WebSocket): void {
    if (socket !== this.socket) return
    socket.onclose = null
    socket.close()
    this.onClose(socket, 1006)
  }

  private onClose(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return
    this.socket = null
    this.clearTimers()
    if (FINAL_CODES.has(code)) return this.listener.onState({ kind: 'closed', since: Date.now(), code })
    this.lostSince ??= Date.now()
    const wait = backoffMs(this.attempt++)
    this.retryTimer = setTimeout(() => this.connect(), wait)
    this.listener.onState({ kind: 'lost', since: this.lostSince, nextTryAt: Date.now() + wait })
  }

  private clearTimers(): void {
    clearTimeout(this.retryTimer)
    clearTimeout(this.openTimer)
    clearInterval(this.watchTimer)
  }
}

function parse(data: unknown): ServerMessage | null {
  try {
    return JSON.parse(String(data)) as ServerMessage
  } catch {
    return null
  }
}
