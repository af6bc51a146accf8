// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { matchKey, type KeyMap } from '@/composables/keys'
import { steadyOrder } from '@/composables/steady'
import { endOf, identityHeaders, sipHost, UNKNOWN, WITHHELD } from '@/demo/machine'
import { entryWords } from '@/desk/entryWords'
import { readFacts } from '@/desk/facts'
import { matchOutcomes, outcomeLeaves } from '@/desk/outcomes'
import { agentsByGroup, waitingFirst } from '@/supervisor/groups'
import { agent, entry, waiting } from './samples'

const word = (group: string, code: string) => `${group}/${code}`

describe('outcomes', () => {
  const choice = (code: string, parent: string | null, name: string, selectable = true) => ({ code, parent, name: { en: name, zh: name }, selectable })
  const tree = [choice('complaint', null, 'Complaint', false), choice('solved', 'complaint', 'Solved on the phone'), choice('case', 'complaint', 'Case opened'), choice('info', null, 'Other information')]
  const leaves = outcomeLeaves(tree, (label) => label.en)
  const codes = (typed: string) => matchOutcomes(leaves, typed).map((leaf) => leaf.code)

  it('are the leaves, with the branch above', () => {
    expect(leaves.map((leaf) => [leaf.code, leaf.path])).toEqual([['solved', ['Complaint']], ['case', ['Complaint']], ['info', []]])
  })

  it('are found by two letters, best first', () => {
    expect(codes('so')).toEqual(['solved'])
    expect(codes('op')).toEqual(['case'])
    expect(codes('co')[0]).toBe('case')
    expect(codes('oi')).toEqual(['info'])
    expect(codes('zz')).toEqual([])
    expect(codes('')).toHaveLength(3)
  })

  it('survive a tree that goes in circles', () => {
    const circle = [choice('a', 'b', 'A'), choice('b', 'a', 'B')]
    expect(outcomeLeaves(circle, (label) => label.en)).toHaveLength(2)
  })
})

describe('facts of the card', () => {
  it('takes what it understands and leaves the rest', () => {
    const facts = readFacts({
      open: [{ kind: 'promise', text: 'quote', due_at: '2026-03-06' }, { kind: 'complaint', text: 'wet pallet', due_at: '2026-03-02' }, { text: 7 }, null],
      mood: [-1, 0, 1, 'x'], last_csat: 2, preferences: 'mornings',
    })
    expect(facts.open.map((matter) => matter.text)).toEqual(['wet pallet', 'quote'])
    expect(facts.moods).toEqual(['bad', 'neutral', 'good'])
    expect(facts).toMatchObject({ rating: 2, notes: ['mornings'] })
  })

  it('is calm about nothing and about nonsense', () => {
    expect(readFacts({})).toEqual({ open: [], notes: [], moods: [], rating: null })
    expect(readFacts({ open: 'x', mood: 3, last_csat: 'y' }).open).toEqual([])
  })
})

describe('a line of history', () => {
  const body = { queue: { name_en: 'Shipments', name_zh: '货物查询' }, outcome: { name_en: 'Rate quoted', name_zh: null }, note: 'x', talk_seconds: 250, end_reason: 'completed' }

  it('is worded here, in both languages', () => {
    expect(entryWords(entry({ body }), false, word)).toEqual({ title: 'Shipments: Rate quoted', note: 'x', talk: '4:10' })
    expect(entryWords(entry({ body }), true, word).title).toBe('货物查询：Rate quoted')
  })

  it('says how a call ended that has no outcome, and falls back to its title', () => {
    expect(entryWords(entry({ body: { end_reason: 'abandoned_in_queue' } }), false, word).title).toBe('end/abandoned_in_queue')
    expect(entryWords(entry({ kind: 'visit', title: 'Visit in Suzhou' }), false, word).title).toBe('Visit in Suzhou')
    expect(entryWords(entry({ title: 'Call', body: { outcome: 'x', talk_seconds: 'y' } }), false, word)).toEqual({ title: 'Call', note: '', talk: '' })
  })
})

describe('the board', () => {
  it('groups agents by work first, the longest on top', () => {
    const groups = agentsByGroup([
      agent({ id: 'late', work_since: '2026-03-02T08:05:00Z' }),
      agent({ id: 'early' }),
      agent({ id: 'talks', work_state: 'engaged', presence: 'away' }),
      agent({ id: 'gone', presence: 'offline' }),
    ])
    expect(groups.idle).toEqual(['early', 'late'])
    expect(groups.engaged).toEqual(['talks'])
    expect(groups.offline).toEqual(['gone'])
  })

  it('lists who waits first, the longest on top', () => {
    const rows = [
      waiting({ interaction_id: 'served', state: 'active' }), waiting({ interaction_id: 'young', queued_at: '2026-03-02T08:09:00Z' }), waiting({ interaction_id: 'old' }),
      waiting({ interaction_id: 'menu', state: 'in_menu', queued_at: null }),
    ]
    expect(rows.sort(waitingFirst).map((row) => row.interaction_id)).toEqual(['old', 'young', 'menu', 'served'])
  })

  it('does not move under the pointer', () => {
    expect(steadyOrder(['a', 'b', 'c'], ['c', 'd', 'a'], true)).toEqual(['a', 'c', 'd'])
    expect(steadyOrder(['a', 'b', 'c'], ['c', 'd', 'a'], false)).toEqual(['c', 'd', 'a'])
  })
})

describe('the demo customer', () => {
  const phone = { uri: 'sip:demo@hotline.local;transport=ws', customers: [{ name: 'Wang "Fang"\r\nX: y', number: '+8613900000131', tier: 'gold' }] }

  it('says who they are, without a way out of the quotes', () => {
    expect(sipHost(phone.uri)).toBe('hotline.local')
    const [header] = identityHeaders(phone, '+8613900000131')
    expect(header).toMatch(/^P-Asserted-Identity: "[^"\r\n]*" <sip:\+8613900000131@hotline\.local>$/)
  })

  it('may be unknown or withheld', () => {
    expect(identityHeaders(phone, UNKNOWN)[0]).toMatch(/^P-Asserted-Identity: <sip:\+1202555\d{4}@hotline\.local>$/)
    expect(identityHeaders(phone, WITHHELD)).toContain('Privacy: id')
  })
})

describe('the end of the demo call', () => {
  it('has words, also for causes nobody thought of', () => {
    expect(['Terminated', 'Busy', 'Internal Error'].map(endOf)).toEqual(['hung_up', 'busy', 'failed'])
  })
})

describe('keys', () => {
  const map: KeyMap = { m: () => undefined, Enter: () => undefined, 'mod+Enter': () => undefined }
  const press = (key: string, target: Element, extra: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent('keydown', { key, ...extra })
    Object.defineProperty(event, 'target', { value: target })
    return matchKey(event, map)
  }

  it('do nothing in a field, except with the modifier', () => {
    expect(press('m', document.body)).toBe('m')
    expect(press('M', document.body)).toBe('m')
    expect(press('m', document.createElement('textarea'))).toBeNull()
    expect(press('Enter', document.createElement('textarea'), { ctrlKey: true })).toBe('mod+Enter')
  })

  it('leave Enter to the button that has the focus, and ignore repeats and other modifiers', () => {
    expect(press('Enter', document.createElement('button'))).toBeNull()
    expect(press('Enter', document.body)).toBe('Enter')
    expect(press('m', document.body, { repeat: true })).toBeNull()
    expect(press('m', document.body, { altKey: true })).toBeNull()
    expect(press('m', document.body, { ctrlKey: true })).toBeNull()
  })
})
