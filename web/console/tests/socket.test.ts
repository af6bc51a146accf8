import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backoffMs } from '@/api/backoff'
import { DeskSocket, type SocketState } from '@/api/socket'
import { CloseCode } from '@/generated/protocol'

class FakeSocket {
  readyState = 1
  sent: string[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  send = (text: string) => this.sent.push(text)
  close = () => undefined
}

let opened: FakeSocket[] = []
let states: SocketState[] = []
const messages: unknown[] = []

function start(): DeskSocket {
  opened = []
  states = []
  const socket = new DeskSocket(
    'ws://x/api/desk',
    { onState: (state) => states.push(state), onMessage: (message) => messages.push(message) },
    () => {
      const fake = new FakeSocket()
      opened.push(fake)
      return fake as unknown as WebSocket
    },
  )
  socket.start()
  return socket
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('backoff', () => {
  it('starts at a quarter of a second and never exceeds two and a half', () => {
    expect(backoffMs(0, () => 0)).toBe(250)
    expect(backoffMs(50, () => 0)).toBe(2_500)
    for (let attempt = 0; attempt < 20; attempt++) expect(backoffMs(attempt)).toBeLessThanOrEqual(2_500)
  })

  it('spreads tries by up to a quarter', () => {
    expect(backoffMs(3, () => 1)).toBe(Math.round(backoffMs(3, () => 0) * 0.75))
  })
})

describe('desk socket', () => {
  it('comes back by itself, first at once, and keeps saying since when it is lost', () => {
    start()
    opened[0]?.onopen?.()
    opened[0]?.onclose?.({ code: 1006 })
    const lost = states.at(-1)
    expect(lost?.kind).toBe('lost')
    vi.advanceTimersByTime(250)
    expect(opened).toHaveLength(2)
    opened[1]?.onclose?.({ code: 1006 })
    expect(states.at(-1)).toMatchObject({ kind: 'lost', since: lost?.since })
  })

  it('is connected within three seconds of the return of a server that was long away', () => {
    start()
    for (let n = 0; n < 30; n++) {
      opened.at(-1)?.onclose?.({ code: 1006 })
      vi.advanceTimersByTime(2_500)
    }
    expect(opened).toHaveLength(31)
  })

  it('drops a line that is silent although it was asked', () => {
    start()
    opened[0]?.onopen?.()
    vi.advanceTimersByTime(15_000)
    expect(opened[0]?.sent.length).toBeGreaterThan(0)
    vi.advanceTimersByTime(6_000)
    expect(states.some((state) => state.kind === 'lost')).toBe(true)
  })

  it('gives up a handshake that never ends', () => {
    start()
    vi.advanceTimersByTime(4_000)
    expect(states.at(-1)?.kind).toBe('lost')
  })

  it.each([CloseCode.SIGNED_OUT, CloseCode.REPLACED])('does not come back after %s', (code) => {
    start()
    opened[0]?.onclose?.({ code })
    vi.advanceTimersByTime(60_000)
    expect(opened).toHaveLength(1)
    expect(states.at(-1)).toMatchObject({ kind: 'closed', code })
  })

  it('comes back after a restart of the server', () => {
    start()
    opened[0]?.onclose?.({ code: CloseCode.RESTARTING })
    vi.advanceTimersByTime(300)
    expect(opened).toHaveLength(2)
  })

  it('survives frames that are no messages', () => {
    start()
    opened[0]?.onopen?.()
    opened[0]?.onmessage?.({ data: '{broken' })
    expect(states.at(-1)?.kind).toBe('open')
  })

  it('stays away once stopped', () => {
    const socket = start()
    socket.stop()
    opened[0]?.onclose?.({ code: 1000 })
    vi.advanceTimersByTime(60_000)
    expect(opened).toHaveLength(1)
  })
})
