import { computed, ref, watch } from 'vue'
import { ApiError } from '@/api/http'
import { routes } from '@/api/routes'
import { serverNow } from '@/composables/now'
import type { WorkItem } from '@/generated/protocol'
import { useDesk } from '@/stores/desk'
import { usePhone } from '@/stores/phone'

/** How long a decline can be taken back before it is carried out. */
export const UNDO_MS = 2_500
const SLACK_MS = 2_000
const QUIET_MS = 3_000

/** What can be done with the call of an item, and how far it is. */
export function useCallActions(item: () => WorkItem | null) {
  const desk = useDesk()
  const phone = usePhone()
  const declining = ref<string | null>(null)
  const silentSince = ref(Date.now())
  let timer: ReturnType<typeof setTimeout> | undefined

  const offered = computed(() => (item()?.state === 'offered' ? item() : null))
  const phase = computed(() => phone.state.call.phase)
  const accepted = computed(() => {
    const reservation = offered.value?.reservation_id
    return Boolean(reservation) && (phase.value === 'answering' || phone.state.intent?.reservationId === reservation)
  })
  const canAnswerHere = computed(() => desk.state.voice.available && !['off', 'refused'].includes(phone.state.line))

  watch(phase, (now) => now === 'none' && (silentSince.value = Date.now()))
  watch(
    () => offered.value?.reservation_id,
    (_, before) => {
      if (before) phone.offerGone(before)
      undo()
    },
  )

  function orderFor(type: 'accept' | 'decline'): void {
    const { reservation_id: reservationId, offer_deadline_at: deadline } = offered.value ?? {}
    if (!reservationId) return
    const ahead = serverNow() - Date.now()
    const until = (deadline ? Date.parse(deadline) - ahead : Date.now() + 30_000) + SLACK_MS
    phone.order({ type, reservationId, until })
  }

  function accept(): void {
    undo()
    if (canAnswerHere.value) orderFor('accept')
  }

  /** Decline after a moment in which it can be taken back. */
  function decline(): void {
    if (!offered.value?.reservation_id || declining.value) return
    declining.value = offered.value.reservation_id
    phone.order({ type: 'hush', hushed: true })
    timer = setTimeout(() => void carryOutDecline(declining.value), UNDO_MS)
  }

  /** Tell the server; if it cannot be reached, the phone refuses the call itself. */
  async function carryOutDecline(reservationId: string | null): Promise<void> {
    declining.value = null
    if (!reservationId) return
    try {
      await routes.decline(reservationId)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) orderFor('decline')
    }
  }

  /** Hang up the phone here, or, for a call on another phone, ask the server to. */
  async function hangUp(): Promise<void> {
    const id = item()?.interaction_id
    if (phase.value !== 'none') return phone.order({ type: 'hang_up' })
    if (id) await routes.hangUp(id).catch(() => undefined)
  }

  function undo(): void {
    if (!declining.value) return
    clearTimeout(timer)
    declining.value = null
    phone.order({ type: 'hush', hushed: false })
  }

  return {
    offered, phase, accepted, declining, canAnswerHere, accept, decline, undo, hangUp,
    muted: computed(() => phone.state.call.muted),
    /** True when the item is in a call of which this browser has had nothing for a while. */
    elsewhere: (nowMs: number) =>
      phase.value === 'none' && nowMs - (serverNow() - Date.now()) - silentSince.value > QUIET_MS,
    toggleMute: () => phase.value === 'up' && phone.order({ type: 'mute', muted: !phone.state.call.muted }),
    sendKey: (key: string) => phone.order({ type: 'key', key }),
  }
}
