import { describe, expect, it } from 'vitest'
import { missingOften } from '@/supervisor/groups'
import { agent } from './samples'

describe('agents who do not answer', () => {
  it('are shown from the second call in a row on, the most first, until they answer or go home', () => {
    const board = [
      agent({ id: 'a1', name: 'Lin', missed: 2, presence: 'away' }),
      agent({ id: 'a2', name: 'Zhao', missed: 1 }),
      agent({ id: 'a3', name: 'Ann', missed: 4 }),
      agent({ id: 'a4', name: 'Bo', missed: 2, presence: 'away' }),
      agent({ id: 'a5', name: 'Cy', missed: 9, presence: 'offline' }),
    ]
    expect(missingOften(board).map((one) => one.id)).toEqual(['a3', 'a4', 'a1'])
  })
})
