// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { useDesk } from '@/stores/desk'
import { snapshot, work } from './samples'

class FakeSocket {
  static last: FakeSocket
  readyState = 1
  sent: unknown[] = []
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onclose?: (event: { code: number }) => void

  constructor() {
    FakeSocket.last = this
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  close(): void {
    this.readyState = 3
  }

  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
}

beforeEach(() => {
  setActivePinia(createPinia())
  vi.stubGlobal('WebSocket', FakeSocket)
})

describe('desk store', () => {
  it('asks for a snapshot once per gap', () => {
    const desk = useDesk()
    desk.start()
    FakeSocket.last.onopen?.()
    FakeSocket.last.say(snapshot())
    FakeSocket.last.say({ type: 'work.changed', seq: 5, item: work() })
    FakeSocket.last.say({ type: 'work.changed', seq: 6, item: work() })
    expect(FakeSocket.last.sent).toEqual([{ type: 'snapshot.request' }])
    FakeSocket.last.say(snapshot({ work: [work()] }))
    FakeSocket.last.say({ type: 'work.changed', seq: 2, item: work() })
    expect(FakeSocket.last.sent).toHaveLength(2)
    expect(desk.workIds).toEqual(['i1'])
  })

  it('lets a new offer take the screen, and only a new one', () => {
    const desk = useDesk()
    desk.receive(snapshot({ work: [work({ interaction_id: 'old', state: 'wrapping' })] }))
    expect(desk.selected?.interaction_id).toBe('old')
    desk.receive({ type: 'work.changed', seq: 1, item: work() })
    expect(desk.selected?.interaction_id).toBe('i1')
    desk.select('old')
    desk.receive({ type: 'work.changed', seq: 2, item: work({ version: 2 }) })
    expect(desk.selected?.interaction_id).toBe('old')
  })

  it('says why an offer went, until the next one comes', () => {
    const desk = useDesk()
    desk.receive(snapshot({ work: [work()] }))
    desk.receive({ type: 'work.removed', seq: 1, interaction_id: 'i1', reservation_id: 'r1', reason: 'expired' })
    expect(desk.lastRemoval).toBe('expired')
    expect(desk.selected).toBeNull()
    desk.receive({ type: 'work.changed', seq: 2, item: work({ interaction_id: 'i2' }) })
    expect(desk.lastRemoval).toBeNull()
  })

  it('keeps saying what was saved although the item is gone', () => {
    const desk = useDesk()
    desk.receive(snapshot({ work: [work({ state: 'wrapping' })] }))
    desk.savedFor = 'Wang Fang'
    desk.receive({ type: 'work.removed', seq: 1, interaction_id: 'i1', reservation_id: 'r1', reason: 'closed' })
    expect([desk.savedFor, desk.lastRemoval]).toEqual(['Wang Fang', null])
  })

  it('puts what rings above what is being served', () => {
    const desk = useDesk()
    desk.receive(snapshot({ work: [work({ interaction_id: 'wrap', state: 'wrapping' }), work({ interaction_id: 'call', state: 'active' }), work()] }))
    expect(desk.workIds).toEqual(['i1', 'call', 'wrap'])
  })
})
