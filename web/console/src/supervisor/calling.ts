import { ApiError } from '@/api/http'
import { isToBeCalled } from '@/desk/calling'
import type { WaitingItem } from '@/generated/protocol'
import { callingEn } from '@/i18n/calling.en'
import { useWords } from '@/i18n/words'

/** True for customers who wait for our call, while an agent is being rung for one too; then they are live contacts. */
export function waitsToBeCalled(item: WaitingItem): boolean {
  return (item.state === 'queued' || item.state === 'offered') && isToBeCalled(item)
}

/** Order of the list: who may be called now comes first, the longest wait on top; then by the time of the call. */
export function calledFirst(nowMs: number) {
  const later = (item: WaitingItem): string => (item.due_at && Date.parse(item.due_at) > nowMs ? item.due_at : '')
  return (a: WaitingItem, b: WaitingItem): number =>
    later(a).localeCompare(later(b)) || (a.queued_at ?? a.created_at).localeCompare(b.queued_at ?? b.created_at)
}

/** What to say of a refused callback. */
export function useCallProblem(): (error: unknown) => string {
  const { t, problem } = useWords()
  return (error) => {
    const code = error instanceof ApiError ? error.code.replace('.', '_') : ''
    return code in callingEn.refusals ? t(`calling.refusals.${code}`) : problem(error)
  }
}
