import { defineStore } from 'pinia'
import { reactive, watch } from 'vue'

export interface Draft {
  outcome: string | null
  note: string
}

const KEY = 'hotline.drafts'
const KEEP = 20

/** What was typed about an interaction and not yet saved; survives a reload of this tab, not its end. */
export const useDrafts = defineStore('drafts', () => {
  const drafts = reactive(new Map<string, Draft>(restore()))
  watch(drafts, () => sessionStorage.setItem(KEY, JSON.stringify([...drafts].slice(-KEEP))), { deep: true })

  function of(interactionId: string): Draft {
    const known = drafts.get(interactionId)
    if (known) return known
    drafts.set(interactionId, { outcome: null, note: '' })
    return drafts.get(interactionId) as Draft
  }

  return { of, forget: (interactionId: string) => drafts.delete(interactionId), clear: () => drafts.clear() }
})

function restore(): [string, Draft][] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as [string, Draft][]
  } catch {
    return []
  }
}
