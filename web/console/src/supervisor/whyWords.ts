import { clock, duration } from '@/composables/time'
import type { Count, DecisionRecord, DecisionView, KeptFor, Label, OpeningView, SkillAsked, WaitingWhy } from '@/generated/protocol'

/** How codes and figures become words: `useWords()` of the page, or a stand-in. */
export interface Speaker {
  t: (key: string, named?: Record<string, unknown>) => string
  word: (group: string, code: string) => string
  label: (of: Label) => string
}

/** Who was offered the contact, why, and who else was considered. */
export interface DecisionWords {
  head: string
  why: string
  more: string[]
}

const REJECTED = ['not_in_queue', 'skill', 'no_room', 'excluded', 'reserved', 'does_not_fit']

/** Why a contact still waits, what would help first. */
export function waitingWords(why: WaitingWhy, say: Speaker): string[] {
  const { t } = say
  return [
    ...why.would_help.map((code) => helpWords(code, why, say)),
    ...why.opens.flatMap((opening) => openingWords(opening, say)),
    t('explain.floor', { onDuty: why.on_duty, free: why.free, could: why.could_serve, couldFree: why.could_serve_and_free }),
    ...rejectedWords('explain.freeBut', why.rejected, say),
    t('explain.waited', { waited: duration(why.waited_seconds), target: duration(why.target_seconds) }),
    ...(why.waiting_alike > 1 ? [t('explain.alike', { n: why.waiting_alike })] : []),
    ...(why.past_cap ? [t('explain.pastCap')] : []),
  ]
}

/** One offer in words. */
export function decisionWords(decision: DecisionView, say: Speaker): DecisionWords {
  const { t } = say
  const agent = decision.agent_name || t('explain.unknown')
  const head = t(`explain.offer.${decision.state}`, { at: clock(decision.at, true), agent })
  const record = decision.record
  if (!record) return { head, why: t('explain.noRecord'), more: [] }
  const reasons = list(record.reasons.map((code) => say.word('explain.reasons', code)), say)
  return { head, why: t(`explain.trigger.${record.trigger}`, { n: record.candidates, reasons }), more: recordWords(record, say) }
}

function recordWords(record: DecisionRecord, say: Speaker): string[] {
  const who = consideredWords(record, say)
  return [
    ...(who.length ? [say.t('explain.considered', { who: list(who, say) })] : []),
    ...rejectedWords('explain.others', record.rejected, say),
    say.t(record.replays ? 'explain.replays' : 'explain.differs', { version: record.policy_version }),
  ]
}

function consideredWords(record: DecisionRecord, { t }: Speaker): string[] {
  const agents = record.agents.map((each) =>
    t('explain.agentLine', { name: each.name || t('explain.unknown'), cost: each.cost, time: duration(each.idle_seconds) }),
  )
  const items = record.items.map((each) =>
    t(each.urgency === null ? 'explain.itemPastCap' : 'explain.itemLine', {
      name: each.customer_name || t('explain.unknown'), urgency: Math.round(each.urgency ?? 0), time: duration(each.waited_seconds),
    }),
  )
  return [...agents, ...items]
}

function helpWords(code: string, why: WaitingWhy, say: Speaker): string {
  const needed = code === 'end_of_reserve' ? why.reserved_for.map(say.label) : why.skills.map((skill) => skillWords(skill, say))
  const sentence = code === 'somebody_with_the_skills' && !needed.length ? 'somebody_of_the_queue' : code
  const key = `explain.help.${sentence}`
  const named = { skills: list(needed, say), names: names(why.kept_for, say), at: latest(why.kept_for) }
  const said = say.t(key, named)
  return said === key ? say.word('explain.help', sentence) : said
}

function openingWords(opening: OpeningView, { t, word }: Speaker): string[] {
  const level = opening.minimum_level ?? 0
  const words = opening.opens.map((code) => {
    if (code === 'level') return level ? t('explain.opens.level', { level }) : t('explain.opens.queue_level')
    return word('explain.opens', code)
  })
  return words.map((what) => t('explain.opensAt', { at: clock(opening.at, true), what }))
}

function rejectedWords(key: string, rejected: Count[], say: Speaker): string[] {
  const known = rejected.filter(({ reason }) => REJECTED.includes(reason))
  const words = known.map(({ reason, count }) => say.t(`explain.rejected.${reason}`, { n: count }))
  return words.length ? [say.t(key, { what: list(words, say) })] : []
}

function skillWords(skill: SkillAsked, { t, label }: Speaker): string {
  return t('explain.skill', { name: label(skill.name) || skill.code, level: skill.level })
}

function names(kept: KeptFor[], say: Speaker): string {
  return list(kept.map((each) => each.name || say.t('explain.unknown')), say)
}

function latest(kept: KeptFor[]): string {
  const ends = kept.flatMap((each) => (each.until ? [Date.parse(each.until)] : []))
  return ends.length ? clock(Math.max(...ends), true) : ''
}

function list(words: string[], { t }: Speaker): string {
  return words.join(t('explain.separator'))
}
