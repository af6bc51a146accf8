import { readonly, ref } from 'vue'

/** Milliseconds that the server's clock is ahead of ours. */
let aheadMs = 0
const tick = ref(Date.now())
let timer: ReturnType<typeof setTimeout> | undefined

/** The server's time in milliseconds, renewed once a second, on the second; every timer on the page reads it. */
export const now = readonly(tick)

/** Learn the server's clock from a moment that it has just sent. */
export function syncClock(at: string): void {
  const server = Date.parse(at)
  if (Number.isNaN(server)) return
  aheadMs = server - Date.now()
  tick.value = serverNow()
}

/** The server's time now, in milliseconds. */
export function serverNow(): number {
  return Date.now() + aheadMs
}

function schedule(): void {
  const wait = 1_000 - (serverNow() % 1_000)
  timer = setTimeout(() => {
    tick.value = serverNow()
    schedule()
  }, wait + 5)
}

/** Start the one clock of the page; a second call changes nothing. */
export function startClock(): void {
  if (timer === undefined) schedule()
}
