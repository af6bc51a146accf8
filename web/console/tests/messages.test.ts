import { describe, expect, it } from 'vitest'
import { fill, matchReplies } from '@/desk/messages/canned'
import { countSegments } from '@/desk/messages/segments'
import { byDay, mergeMessages } from '@/desk/messages/thread'
import { customerWaits, urgencyOf } from '@/desk/messages/urgency'
import { applyMessage, emptyDesk } from '@/stores/deskState'
import type { CannedReply } from '@/generated/protocol'
import { message, snapshot, talk, work } from './samples'

describe('SMS', () => {
  it('are 160 characters, or 153 of several', () => {
    expect(countSegments('')).toMatchObject({ segments: 0 })
    expect(countSegments('a'.repeat(160))).toMatchObject({ units: 160, segments: 1, left: 0, unicode: false })
    expect(countSegments('a'.repeat(161))).toMatchObject({ segments: 2, left: 145 })
  })

  it('are 70 characters, or 67, beyond the basic alphabet', () => {
    expect(countSegments('好'.repeat(70))).toMatchObject({ segments: 1, unicode: true })
    expect(countSegments('好'.repeat(71))).toMatchObject({ segments: 2 })
  })

  it('count a brace twice and never cut a character in two', () => {
    expect(countSegments('€'.repeat(80))).toMatchObject({ units: 160, segments: 1 })
    expect(countSegments('a'.repeat(152) + '€'.repeat(10))).toMatchObject({ segments: 2, left: 153 - 20 })
    expect(countSegments('😀'.repeat(36))).toMatchObject({ units: 72, segments: 2, left: 67 - 6 })
  })
})

describe('ready replies', () => {
  const reply = (code: string, change: Partial<CannedReply> = {}): CannedReply => ({ id: code, code, language: 'en', queue_id: null, text: `text of ${code}`, ...change })
  const all = [reply('bye'), reply('hello', { language: 'zh-CN', id: 'zh' }), reply('hello'), reply('refund', { queue_id: 'other' })]

  it('are found by code first, in the language of the customer first, and only those of the queue', () => {
    expect(matchReplies(all, 'he', 'q1', 'en').map((one) => one.id)).toEqual(['hello', 'zh'])
    expect(matchReplies(all, '', 'q1', 'zh').map((one) => one.id)).toEqual(['zh', 'bye', 'hello'])
    expect(matchReplies(all, 'zzz', 'q1', 'en')).toEqual([])
  })

  it('get the names, and keep what we do not know', () => {
    expect(fill('Dear {customer.name}, {agent.name} {order}', { customer: 'Ms Wang', agent: 'Lin' })).toBe('Dear Ms Wang, Lin {order}')
  })
})

describe('a thread', () => {
  it('has each message once, in place, as far as it has got', () => {
    const merged = mergeMessages([message(2, { state: 'delivered' })], [message(1), message(2, { state: 'sent' })])
    expect(merged.map((one) => [one.seq, one.state])).toEqual([[1, 'received'], [2, 'delivered']])
  })

  it('shows a new try of what failed', () => {
    expect(mergeMessages([message(1, { state: 'failed' })], [message(1, { state: 'queued' })])[0]?.state).toBe('queued')
  })

  it('is divided by days', () => {
    expect(byDay([message(1), message(2), message(3, { at: '2026-03-04T12:00:00Z' })]).map((day) => day.messages.length)).toEqual([2, 1])
  })
})

describe('a customer who waits', () => {
  const due = talk({ waiting_since: '2026-03-02T08:00:00Z', first_response_due_at: '2026-03-02T08:05:00Z' })
  const at = (clock: string) => Date.parse(`2026-03-02T${clock}Z`)

  it('is calm, then near, then missed', () => {
    expect(['08:01:00', '08:04:00', '08:05:01'].map((clock) => urgencyOf(due, at(clock)))).toEqual(['calm', 'near', 'missed'])
    expect(urgencyOf(talk({ first_response_due_at: null }), at('09:00:00'))).toBe('calm')
  })

  it('is counted only while he waits', () => {
    expect(customerWaits(due, at('08:00:41'))).toBe(41)
    expect(customerWaits(talk({ waiting_since: null }), at('08:00:41'))).toBeNull()
  })
})

describe('a conversation on the desk', () => {
  it('changes by itself, and never back', () => {
    const state = emptyDesk()
    applyMessage(state, snapshot({ work: [work({ channel: 'sms', conversation: talk({ version: 3 }) })] }))
    applyMessage(state, { type: 'conversation.changed', seq: 1, interaction_id: 'i1', conversation: talk({ version: 4, unread: 2 }) })
    applyMessage(state, { type: 'conversation.changed', seq: 2, interaction_id: 'i1', conversation: talk({ version: 3, unread: 1 }) })
    applyMessage(state, { type: 'conversation.changed', seq: 3, interaction_id: 'unknown', conversation: talk({ version: 9 }) })
    expect(state.work.get('i1')?.conversation?.unread).toBe(2)
    expect(state.work.size).toBe(1)
  })
})
