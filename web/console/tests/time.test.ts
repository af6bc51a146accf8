import { describe, expect, it } from 'vitest'
import { clock, duration, momentOf, secondsSince, secondsUntil } from '@/composables/time'
import { itemClock, offerShare, waitedSeconds, wrapLeft } from '@/desk/phase'
import { work } from './samples'

const at = (text: string) => Date.parse(text)

describe('durations', () => {
  it.each([[0, '0:00'], [41, '0:41'], [760, '12:40'], [3_909, '1:05:09'], [359_999, '99:59:59'], [400_000, '111 h'], [-3, '0:00']])('%d s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })

  it('never runs below zero when clocks differ', () => {
    expect(secondsSince('2026-03-02T08:00:05Z', at('2026-03-02T08:00:00Z'))).toBe(0)
    expect(secondsUntil('2026-03-02T08:00:00Z', at('2026-03-02T08:00:05Z'))).toBe(0)
    expect(secondsSince(null, 5)).toBe(0)
    expect(secondsSince('nonsense', 5)).toBe(0)
  })

  it('rounds what is left up, what has passed down', () => {
    expect(secondsUntil('2026-03-02T08:00:10Z', at('2026-03-02T08:00:00.400Z'))).toBe(10)
    expect(secondsSince('2026-03-02T08:00:00Z', at('2026-03-02T08:00:09.900Z'))).toBe(9)
  })
})

describe('moments', () => {
  const now = new Date(2026, 2, 2, 16, 0, 0).getTime()
  const local = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString()

  it('is relative under a minute, the clock today, the day before', () => {
    expect(momentOf(new Date(now - 12_000).toISOString(), now, 'en')).toEqual({ kind: 'seconds', seconds: 12 })
    expect(momentOf(local(2026, 2, 2, 9, 12), now, 'en')).toEqual({ kind: 'today', text: '09:12' })
    expect(momentOf(local(2026, 1, 18, 9, 0), now, 'zh-CN')).toEqual({ kind: 'day', text: '2月18日' })
    expect(momentOf(local(2024, 1, 18, 9, 0), now, 'en').kind).toBe('day')
  })

  it('says the year only when it is another', () => {
    const text = (at: string) => { const moment = momentOf(at, now, 'en'); return moment.kind === 'day' ? moment.text : '' }
    expect(text(local(2024, 1, 18, 9, 0))).toContain('2024')
    expect(text(local(2026, 1, 18, 9, 0))).not.toContain('2026')
  })

  it('shows a moment later today by the clock', () => {
    expect(momentOf(local(2026, 2, 2, 21, 23), now, 'en')).toEqual({ kind: 'today', text: '21:23' })
    expect(clock('nonsense')).toBe('')
  })
})

describe('the number beside an item', () => {
  it('counts the offer down and the call up', () => {
    const item = work()
    expect(itemClock(item, at('2026-03-02T08:00:05Z'))).toBe('0:15')
    expect(offerShare(item, at('2026-03-02T08:00:05Z'))).toBe(0.75)
    expect(offerShare(item, at('2026-03-02T09:00:00Z'))).toBe(0)
    expect(itemClock({ ...item, state: 'active', answered_at: '2026-03-02T08:00:10Z' }, at('2026-03-02T08:03:22Z'))).toBe('3:12')
  })

  it('says by how much a wrap-up is over', () => {
    const item = work({ state: 'wrapping', wrap_up_until: '2026-03-02T08:01:00Z' })
    expect(wrapLeft(item, at('2026-03-02T08:00:36Z'))).toEqual({ text: '0:24', over: false, soon: false })
    expect(wrapLeft(item, at('2026-03-02T08:00:55Z')).soon).toBe(true)
    expect(wrapLeft(item, at('2026-03-02T08:01:12Z'))).toEqual({ text: '0:12', over: true, soon: false })
  })

  it('stops the wait at the answer', () => {
    expect(waitedSeconds(work({ answered_at: '2026-03-02T08:00:41Z' }), at('2026-03-02T09:00:00Z'))).toBe(41)
    expect(waitedSeconds(work(), at('2026-03-02T08:00:12Z'))).toBe(12)
  })
})
