import { describe, expect, it } from 'vitest'
import type { WaitView } from '@/generated/protocol'
import { waitWords } from '@/supervisor/waits'

const AT = new Date(2026, 2, 2, 8, 0, 0)
const wait = (low: number, high: number): WaitView => ({
  interaction_id: 'i', queue_id: 'q', at: AT.toISOString(), position: 3, low_seconds: low, likely_seconds: (low + high) / 2, high_seconds: high,
})
const said = (low: number, high: number, later = 0) => waitWords(wait(low, high), AT.getTime() + later * 1_000)

describe('the words for a wait', () => {
  it('are minutes, and no false precision', () => {
    expect(said(5, 50).key).toBe('soon')
    expect(said(30, 200)).toEqual({ key: 'upTo', low: 0, high: 4 })
    expect(said(125, 290)).toEqual({ key: 'between', low: 2, high: 5 })
    expect(said(120, 120)).toEqual({ key: 'about', low: 2, high: 2 })
  })

  it('count down while nothing new is heard', () => {
    expect(said(125, 290, 70)).toEqual({ key: 'upTo', low: 0, high: 4 })
    expect(said(125, 290, 600).key).toBe('soon')
  })
})
