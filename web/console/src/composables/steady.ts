import { computed, ref, type Ref } from 'vue'

/** The wanted order, but while `held` the order that was: what is new comes last, what is gone goes. */
export function steadyOrder(previous: string[], wanted: string[], held: boolean): string[] {
  if (!held) return wanted
  const there = new Set(wanted)
  const kept = previous.filter((id) => there.has(id))
  const known = new Set(kept)
  return [...kept, ...wanted.filter((id) => !known.has(id))]
}

/** A list that does not move under the pointer: bind `hold` and `release` to pointerenter and pointerleave. */
export function useSteadyOrder(wanted: Ref<string[]>) {
  const held = ref(false)
  let previous: string[] = []
  const order = computed(() => (previous = steadyOrder(previous, wanted.value, held.value)))
  return { order, hold: () => (held.value = true), release: () => (held.value = false) }
}
