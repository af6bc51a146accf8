import { createI18n } from 'vue-i18n'
import { describe, expect, it } from 'vitest'
import type { DecisionView, WaitingWhy } from '@/generated/protocol'
import { en } from '@/i18n/en'
import { zhCN } from '@/i18n/zh-CN'
import { decisionWords, waitingWords, type Speaker } from '@/supervisor/whyWords'

const AT = new Date(2026, 2, 2, 8, 0, 5).toISOString()

function speaker(locale: 'en' | 'zh-CN'): Speaker {
  const speak = createI18n<false>({ legacy: false, locale, messages: { en, 'zh-CN': zhCN } as never, missingWarn: false, fallbackWarn: false }).global
  const t = speak.t as never as Speaker['t']
  return { t, word: (group, code) => (speak.te(`${group}.${code}`, 'en') ? t(`${group}.${code}`) : code.replaceAll('_', ' ')), label: (of) => (locale === 'en' ? of.en : of.zh) }
}

const waiting = (change: Partial<WaitingWhy> = {}): WaitingWhy => ({
  at: AT, would_help: ['somebody_with_the_skills'], policy: 'main', policy_version: '1', waited_seconds: 65, target_seconds: 20, past_cap: false,
  on_duty: 3, free: 2, could_serve: 0, could_serve_and_free: 0, waiting_alike: 1, rejected: [{ reason: 'skill', count: 2 }], reserved_for: [],
  skills: [{ code: 'french', level: 3, name: { en: 'French', zh: '法语' } }], preferred: [], kept_for: [], opens: [], ...change,
})

const decision = (change: Partial<DecisionView> = {}): DecisionView => ({
  reservation_id: 'r1', agent_id: 'a1', agent_name: 'Lin', state: 'accepted', together: false, at: AT, decided_at: AT,
  record: {
    trigger: 'item_arrived', reasons: ['speed', 'skills'], policy: 'main', policy_version: 'ab12', tier: 'gold', waited_seconds: 0, target_seconds: 20,
    idle_seconds: 90, skills: [], preferred: [], candidates: 2, items: [], rejected: [{ reason: 'no_room', count: 1 }], replays: true,
    agents: [
      { agent_id: 'a1', name: 'Lin', chosen: true, cost: 1.5, terms: [], idle_seconds: 90 },
      { agent_id: 'a2', name: '', chosen: false, cost: 2, terms: [], idle_seconds: 5 },
    ],
  },
  ...change,
})

describe('why it still waits', () => {
  it('says first what would help', () => {
    expect(waitingWords(waiting(), speaker('en'))).toEqual([
      'Nobody on duty can serve it. It needs somebody with French 3.',
      'On duty 3, free 2. 0 could serve it, 0 of them free.',
      'Free, but not for this: 2 without the skill or level',
      'Waits 1:05; target 0:20.',
    ])
    expect(waitingWords(waiting(), speaker('zh-CN'))[0]).toBe('在岗坐席都不能接待，需要具备 法语（3 级） 的坐席。')
  })

  it('knows a queue that nobody serves, agents it is kept for, and what opens when', () => {
    const lines = waitingWords(
      waiting({
        skills: [], rejected: [], would_help: ['somebody_with_the_skills', 'a_known_agent', 'end_of_reserve'], kept_for: [{ agent_id: 'a', name: 'Zhao', until: AT }],
        reserved_for: [{ en: 'Customs', zh: '报关' }], opens: [{ at: AT, opens: ['level', 'call_agents'], minimum_level: 3 }, { at: AT, opens: ['level'], minimum_level: 0 }],
        past_cap: true, waiting_alike: 4,
      }),
      speaker('en'),
    )
    expect(lines.slice(0, 6)).toEqual([
      'Nobody of this queue is on duty. It needs one of its members.',
      'Kept for Zhao until 08:00:05; then everybody may serve it.',
      'Who is free is kept for now for customers who need Customs.',
      'From 08:00:05: level 3 is enough',
      'From 08:00:05: agents who could take a call may serve it too',
      'From 08:00:05: the level that the queue asks for is enough',
    ])
    expect(lines.slice(-2)).toEqual(['4 wait for the same with the same right.', 'It has waited past the cap and goes before all that have not.'])
  })

  it('shows a code that it does not know rather than nothing', () => {
    expect(waitingWords(waiting({ would_help: ['a_new_moon'] }), speaker('en'))[0]).toBe('a new moon')
  })
})

describe('why this agent', () => {
  it('names the reasons, the others and the rules', () => {
    expect(decisionWords(decision(), speaker('en'))).toEqual({
      head: '08:00:05 offered to Lin: accepted',
      why: 'Free and able to serve it: 2. This one: the quickest at it by skill level, has the skills asked for.',
      more: [
        'Considered: Lin (cost 1.5, free 1:30), no longer known (cost 2, free 0:05)',
        'Not chosen: 1 without room for one more',
        'Rules ab12. Decided again from the record: the same.',
      ],
    })
    expect(decisionWords(decision({ record: null }), speaker('zh-CN'))).toEqual({ head: '08:00:05 分配给 Lin：已接听', why: '没有记录原因。', more: [] })
  })
})
