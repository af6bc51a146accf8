import { describe, expect, it } from 'vitest'
import { idlePhone, step, type PhoneEffect, type PhoneEvent, type PhoneState } from '@/softphone/machine'

function run(...events: PhoneEvent[]): { state: PhoneState; effects: PhoneEffect[] } {
  let state = idlePhone()
  const effects: PhoneEffect[] = []
  for (const event of events) {
    const next = step(state, event)
    state = next.state
    effects.push(...next.effects)
  }
  return { state, effects }
}

const invite = (reservationId: string | null = null, at = 1_000): PhoneEvent => ({ type: 'invite', caller: 'Wang Fang', reservationId, at })
const accept = (reservationId = 'r1', until = 20_000): PhoneEvent => ({ type: 'accept', reservationId, until })
const decline = (reservationId = 'r1', until = 20_000): PhoneEvent => ({ type: 'decline', reservationId, until })

describe('the phone rings, then the agent decides', () => {
  it('answers once', () => {
    const { state, effects } = run(invite(), accept(), accept(), { type: 'up', at: 2_000 })
    expect(effects).toEqual(['answer'])
    expect(state.call).toMatchObject({ phase: 'up', upSince: 2_000, reservationId: 'r1' })
  })

  it('refuses', () => {
    const { state, effects } = run(invite(), decline())
    expect(effects).toEqual(['reject'])
    expect(state.call.phase).toBe('ending')
  })

  it('does not answer the call of another offer', () => {
    expect(run(invite('r2'), accept('r1')).effects).toEqual([])
  })

  it('does not decline once it answers', () => {
    expect(run(invite(), accept(), decline()).effects).toEqual(['answer'])
  })
})

describe('the agent decides before the phone rings', () => {
  it('answers when the call comes', () => {
    const { state, effects } = run(accept(), invite('r1'))
    expect(effects).toEqual(['answer'])
    expect(state.intent).toBeNull()
  })

  it('refuses when the call comes', () => {
    expect(run(decline(), invite()).effects).toEqual(['reject'])
  })

  it('forgets an intent that is older than its offer', () => {
    const { state, effects } = run(accept('r1', 5_000), invite(null, 5_001))
    expect(effects).toEqual([])
    expect(state.call.phase).toBe('ringing')
    expect(state.intent).toBeNull()
  })

  it('does not let the intent for one offer answer the call of another', () => {
    expect(run(accept('r1'), invite('r2')).effects).toEqual([])
  })

  it('forgets the intent when the offer is gone', () => {
    expect(run(accept('r1'), { type: 'offer_gone', reservationId: 'r1' }, invite()).effects).toEqual([])
    expect(run(accept('r2'), { type: 'offer_gone', reservationId: 'r1' }, invite()).effects).toEqual(['answer'])
  })

  it('lets the agent change their mind', () => {
    expect(run(decline(), { type: 'undecline' }, accept(), invite()).effects).toEqual(['answer'])
    expect(run(accept(), { type: 'undecline' }, invite()).effects).toEqual(['answer'])
  })
})

describe('during and after the call', () => {
  const up: PhoneEvent[] = [invite(), accept(), { type: 'up', at: 2_000 }]

  it('mutes only what is up', () => {
    expect(run(...up, { type: 'muted', muted: true }).state.call.muted).toBe(true)
    expect(run(invite(), { type: 'muted', muted: true }).state.call.muted).toBe(false)
  })

  it('hangs up once', () => {
    const { state, effects } = run(...up, { type: 'hang_up' }, { type: 'hang_up' })
    expect(effects).toEqual(['answer', 'terminate'])
    expect(state.call.phase).toBe('ending')
  })

  it('is free again after the end, whoever ended it', () => {
    const { state, effects } = run(...up, { type: 'ended' }, { type: 'hang_up' }, invite('r2'))
    expect(effects).toEqual(['answer'])
    expect(state.call).toMatchObject({ phase: 'ringing', reservationId: 'r2', muted: false })
  })

  it('stays in the call when a second one rings', () => {
    expect(run(...up, invite('r2')).state.call).toMatchObject({ phase: 'up', reservationId: 'r1' })
  })

  it('keeps the call while the line is being renewed', () => {
    const { state } = run(...up, { type: 'line', line: 'lost', nextTryAt: 3 }, { type: 'line', line: 'ready' })
    expect(state.call.phase).toBe('up')
    expect(state).toMatchObject({ line: 'ready', nextTryAt: null })
  })

  it('says what is wrong with the microphone and is free for the next call', () => {
    const { state } = run(invite(), accept(), { type: 'microphone', problem: 'denied' }, { type: 'ended' })
    expect(state).toMatchObject({ microphone: 'denied', call: { phase: 'none' } })
  })
})
