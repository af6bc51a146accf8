import { describe, expect, it } from 'vitest'
import type { ServerMessage } from '@/generated/protocol'
import { applyMessage, emptyDesk, withEntry } from '@/stores/deskState'
import { agent, card, entry, queue, snapshot, waiting, work } from './samples'

function deskAfter(...messages: ServerMessage[]) {
  const state = emptyDesk()
  const results = messages.map((message) => applyMessage(state, message))
  return { state, results }
}

describe('snapshot and events', () => {
  it('refuses events before the first snapshot', () => {
    const { state, results } = deskAfter({ type: 'work.changed', seq: 1, item: work() })
    expect(results).toEqual(['gap'])
    expect(state.work.size).toBe(0)
  })

  it('applies consecutive events', () => {
    const { state, results } = deskAfter(
      snapshot(),
      { type: 'work.changed', seq: 1, item: work() },
      { type: 'pong', seq: 2, at: '2026-03-02T08:00:01Z' },
      { type: 'queue.changed', seq: 3, queue: queue({ waiting: 4 }) },
    )
    expect(results).toEqual(['applied', 'applied', 'applied', 'applied'])
    expect(state.work.get('i1')?.state).toBe('offered')
    expect(state.queues.get('q1')?.waiting).toBe(4)
  })

  it('reports a gap, changes nothing, and goes on after the next snapshot', () => {
    const { state } = deskAfter(snapshot(), { type: 'work.changed', seq: 1, item: work() })
    expect(applyMessage(state, { type: 'work.removed', seq: 3, interaction_id: 'i1', reservation_id: 'r1', reason: 'closed' })).toBe('gap')
    expect(state.work.size).toBe(1)
    expect(applyMessage(state, snapshot())).toBe('applied')
    expect(state.work.size).toBe(0)
    expect(applyMessage(state, { type: 'work.changed', seq: 1, item: work() })).toBe('applied')
  })

  it('ignores a message that was seen before', () => {
    const { state } = deskAfter(snapshot(), { type: 'work.changed', seq: 1, item: work() })
    const again: ServerMessage = { type: 'work.removed', seq: 1, interaction_id: 'i1', reservation_id: 'r1', reason: 'closed' }
    expect(applyMessage(state, again)).toBe('stale')
    expect(state.work.size).toBe(1)
  })

  it('drops views of an older version and takes those of the same', () => {
    const { state } = deskAfter(
      snapshot({ agents: [agent({ version: 5, presence: 'away' })], work: [work({ version: 7, state: 'active' })] }),
      { type: 'agent.changed', seq: 1, agent: agent({ version: 4, presence: 'available' }) },
      { type: 'work.changed', seq: 2, item: work({ version: 6, state: 'offered' }) },
      { type: 'agent.changed', seq: 3, agent: agent({ version: 5, presence: 'away', phone_reachable: false }) },
    )
    expect(state.agents.get('a1')).toMatchObject({ presence: 'away', phone_reachable: false })
    expect(state.work.get('i1')?.state).toBe('active')
  })

  it('removes what is closed', () => {
    const { state } = deskAfter(
      snapshot({ work: [work({ version: 2 })], interactions: [waiting({ version: 2 })] }),
      { type: 'work.changed', seq: 1, item: work({ version: 3, state: 'closed' }) },
      { type: 'interaction.changed', seq: 2, item: waiting({ version: 3, state: 'closed' }) },
    )
    expect(state.work.size + state.interactions.size).toBe(0)
  })

  it('does not close an interaction again that has gone on since', () => {
    const { state } = deskAfter(snapshot({ interactions: [waiting({ version: 4 })] }), {
      type: 'interaction.changed', seq: 1, item: waiting({ version: 3, state: 'closed' }),
    })
    expect(state.interactions.size).toBe(1)
  })

  it('puts a line of history into every item of that customer', () => {
    const { state } = deskAfter(snapshot({ work: [work(), work({ interaction_id: 'i2', customer: card({ id: 'c2' }) })] }), {
      type: 'timeline.changed', seq: 1, customer_id: 'c1', entry: entry({ delivery: 'delivered' }),
    })
    expect(state.work.get('i1')?.customer.timeline).toHaveLength(1)
    expect(state.work.get('i2')?.customer.timeline).toHaveLength(0)
  })

  it('tells that voice is gone', () => {
    const { state } = deskAfter(snapshot(), { type: 'voice.changed', seq: 1, voice: { available: false, reason: 'no PBX' } })
    expect(state.voice).toEqual({ available: false, reason: 'no PBX' })
  })
})

describe('timeline', () => {
  const old = entry({ id: 'old', at: '2026-01-01T00:00:00Z' })
  const young = entry({ id: 'young', at: '2026-03-01T00:00:00Z' })

  it('keeps newest first wherever a line comes in', () => {
    const middle = entry({ id: 'middle', at: '2026-02-01T00:00:00Z' })
    expect(withEntry([young, old], middle).map((one) => one.id)).toEqual(['young', 'middle', 'old'])
    expect(withEntry([], old)).toEqual([old])
  })

  it('replaces a known line and keeps twenty at most', () => {
    expect(withEntry([young, old], { ...young, delivery: 'delivered' })).toHaveLength(2)
    const many = Array.from({ length: 20 }, (_, n) => entry({ id: `n${n}`, at: `2026-02-01T00:00:${59 - n}Z` }))
    expect(withEntry(many, young)).toHaveLength(20)
    expect(withEntry(many, young)[0]?.id).toBe('young')
  })
})
