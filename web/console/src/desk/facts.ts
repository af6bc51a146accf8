import type { CustomerCard } from '@/generated/protocol'

export interface OpenMatter {
  kind: string
  text: string
  dueAt: string | null
}

export type Mood = 'good' | 'neutral' | 'bad'

/** What the card says above the timeline, read from facts of any shape: they come from the company's own data. */
export interface CardFacts {
  open: OpenMatter[]
  notes: string[]
  moods: Mood[]
  rating: number | null
}

const MOODS_SHOWN = 5
const OPEN_SHOWN = 2

/** Facts that are there and readable; the rest is left out rather than shown badly. */
export function readFacts(facts: CustomerCard['facts']): CardFacts {
  return {
    open: [...matters(facts['open'], 'open'), ...matters(facts['promises'], 'promise')].sort(byDue).slice(0, OPEN_SHOWN),
    notes: [...texts(facts['preferences']), ...texts(facts['taboos'])].slice(0, 2),
    moods: numbers(facts['mood']).slice(0, MOODS_SHOWN).map(moodOf),
    rating: typeof facts['last_csat'] === 'number' ? facts['last_csat'] : null,
  }
}

function matters(value: unknown, kind: string): OpenMatter[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry: unknown) => {
    if (typeof entry === 'string') return [{ kind, text: entry, dueAt: null }]
    if (typeof entry !== 'object' || entry === null) return []
    const row = entry as Record<string, unknown>
    const text = typeof row['text'] === 'string' ? row['text'] : ''
    const dueAt = typeof row['due_at'] === 'string' ? row['due_at'] : null
    return text ? [{ kind: typeof row['kind'] === 'string' ? row['kind'] : kind, text, dueAt }] : []
  })
}

function byDue(a: OpenMatter, b: OpenMatter): number {
  return (a.dueAt ?? '9').localeCompare(b.dueAt ?? '9')
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : []
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((entry): entry is number => typeof entry === 'number') : []
}

function moodOf(value: number): Mood {
  return value > 0 ? 'good' : value < 0 ? 'bad' : 'neutral'
}
