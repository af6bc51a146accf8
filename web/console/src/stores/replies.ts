import { defineStore } from 'pinia'
import { reactive, watch } from 'vue'
import type { Uploaded } from '@/generated/protocol'

export interface ReplyDraft {
  text: string
  files: Uploaded[]
}

const KEY = 'hotline.replies'
const KEEP = 30

/** Replies that are being written, by conversation; they survive a reload of this tab. */
export const useReplies = defineStore('replies', () => {
  const drafts = reactive(new Map<string, ReplyDraft>(restore()))
  watch(drafts, () => sessionStorage.setItem(KEY, JSON.stringify([...drafts].slice(-KEEP))), { deep: true })

  function of(conversationId: string): ReplyDraft {
    const known = drafts.get(conversationId)
    if (known) return known
    drafts.set(conversationId, { text: '', files: [] })
    return drafts.get(conversationId) as ReplyDraft
  }

  return { of, forget: (conversationId: string) => drafts.delete(conversationId) }
})

function restore(): [string, ReplyDraft][] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as [string, ReplyDraft][]
  } catch {
    return []
  }
}
