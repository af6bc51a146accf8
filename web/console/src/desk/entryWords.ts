import { duration } from '@/composables/time'
import type { TimelineEntry } from '@/generated/protocol'

export interface EntryWords {
  title: string
  note: string
  talk: string
}

type Word = (group: string, code: string) => string

/** A line of history in the reader's language, from its body; what the body does not say, its title says. */
export function entryWords(entry: TimelineEntry, chinese: boolean, word: Word): EntryWords {
  const { body } = entry
  const talk = typeof body['talk_seconds'] === 'number' && body['talk_seconds'] > 0 ? duration(body['talk_seconds']) : ''
  const note = typeof body['note'] === 'string' ? body['note'] : ''
  const title = titleOf(entry, chinese, word)
  return { title, note: note === title ? '' : note, talk }
}

function titleOf(entry: TimelineEntry, chinese: boolean, word: Word): string {
  if (entry.kind !== 'call' && !(entry.kind === 'message' && entry.body['queue'])) return entry.title || word('entry.kind', entry.kind)
  const outcome = named(entry.body['outcome'], chinese)
  const end = typeof entry.body['end_reason'] === 'string' ? word('end', entry.body['end_reason']) : ''
  const channel = entry.kind === 'message' && typeof entry.body['channel'] === 'string' ? word('channel', entry.body['channel']) : ''
  const parts = [channel || named(entry.body['queue'], chinese), outcome || end].filter(Boolean)
  return parts.length ? parts.join(chinese ? '：' : ': ') : entry.title || word('entry.kind', 'call')
}

function named(value: unknown, chinese: boolean): string {
  if (typeof value !== 'object' || value === null) return ''
  const { name_en: en, name_zh: zh } = value as Record<string, unknown>
  const text = chinese ? zh || en : en || zh
  return typeof text === 'string' ? text : ''
}
