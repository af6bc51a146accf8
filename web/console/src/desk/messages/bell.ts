import { computed, onBeforeUnmount, watch } from 'vue'
import { isMessage, useDesk } from '@/stores/desk'
import { Ringtone } from '@/softphone/audio'

/** The sounds of messages: an offer rings as a call does, a word of the customer's chimes once. */
export function useMessageBell(): void {
  const desk = useDesk()
  const bell = new Ringtone()
  const rings = computed(() => desk.offered !== null && isMessage(desk.offered))
  watch(rings, (on) => (on ? bell.start() : bell.stop()), { immediate: true })
  watch(
    () => desk.unread,
    (now, before) => now > before && !rings.value && bell.chime(),
  )
  onBeforeUnmount(() => bell.stop())
}
