import type { WaitingItem, WorkItem } from '@/generated/protocol'

type Called = Pick<WorkItem | WaitingItem, 'kind' | 'answered_at'>

/** True while the customer is not on the line: whoever takes the item calls them. */
export function isToBeCalled(item: Called): boolean {
  return item.kind !== 'live' && item.answered_at === null
}

/** What an item of mine says of itself beside its state, as a key of the words; null: it is a call like any other. */
export function callingKey(item: Pick<WorkItem, 'kind' | 'answered_at' | 'state'>): 'calling.offered' | 'calling.ringing' | null {
  if (!isToBeCalled(item)) return null
  if (item.state === 'offered') return 'calling.offered'
  return item.state === 'active' ? 'calling.ringing' : null
}
