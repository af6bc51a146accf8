import { onBeforeUnmount, ref, watch, type Ref } from 'vue'
import { routes } from '@/api/routes'
import { secondsSince } from '@/composables/time'
import type { WaitView } from '@/generated/protocol'

const AGAIN_MS = 5_000

/** What `board.place` says of a wait: the key of the words for it, and their minutes. */
export function waitWords(view: WaitView, nowMs: number): { key: 'soon' | 'upTo' | 'about' | 'between'; low: number; high: number } {
  const gone = secondsSince(view.at, nowMs)
  const low = Math.max(0, Math.floor((view.low_seconds - gone) / 60))
  const high = Math.max(1, Math.ceil((view.high_seconds - gone) / 60))
  if (high <= 1) return { key: 'soon', low, high }
  if (low < 1) return { key: 'upTo', low, high }
  return { key: low === high ? 'about' : 'between', low, high }
}

/** Where everybody stands who waits, by contact, asked anew every few seconds while somebody does. */
export function useWaits(someoneWaits: Ref<boolean>): Ref<ReadonlyMap<string, WaitView>> {
  const places = ref<ReadonlyMap<string, WaitView>>(new Map())
  let timer: ReturnType<typeof setInterval> | undefined

  async function read(): Promise<void> {
    try {
      places.value = new Map((await routes.waits()).map((view) => [view.interaction_id, view]))
    } catch {
      places.value = new Map() // an estimate is no news: better none than an old one
    }
  }

  watch(
    someoneWaits,
    (some) => {
      clearInterval(timer)
      timer = some ? setInterval(read, AGAIN_MS) : undefined
      if (some) void read()
      else places.value = new Map()
    },
    { immediate: true },
  )
  onBeforeUnmount(() => clearInterval(timer))
  return places
}
