import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError } from '@/api/http'
import { routes } from '@/api/routes'
import { identityHeaders, sipHost } from '@/demo/machine'
import type { DemoPhone, DemoWebhook } from '@/generated/protocol'
import { microphonePermission } from '@/softphone/microphone'
import type { MicrophoneProblem } from '@/softphone/machine'
import type { SipListener, SipPhone } from '@/softphone/sip'

export type DemoLine = 'starting' | 'off' | 'ready' | 'lost' | 'refused' | 'none'
export type DemoCall = 'idle' | 'called' | 'calling' | 'ringing' | 'up' | 'ending'
const INBOX_MS = 2_000

/** The customer's phone of the demo page, and the inbox of the demo's CRM. */
export const useDemo = defineStore('demo', () => {
  const account = ref<DemoPhone | null>(null)
  const line = ref<DemoLine>('starting')
  const call = ref<DemoCall>('idle')
  const calledBy = ref('')
  const upSince = ref<number | null>(null)
  const cause = ref('')
  const microphone = ref<MicrophoneProblem | null>(null)
  const deliveries = ref<DemoWebhook[] | null>(null)
  const inboxFailed = ref(false)
  const audio = new Audio()
  audio.autoplay = true
  let phone: SipPhone | null = null
  let inboxTimer: ReturnType<typeof setTimeout> | undefined
  let running = false

  const busy = computed(() => call.value !== 'idle')

  async function start(): Promise<void> {
    running = true
    void readInbox()
    try {
      const [given, sip] = await Promise.all([routes.demoPhone(), import('@/softphone/sip')])
      account.value = given
      if (!given.ws_url) return void (line.value = 'off')
      phone = new sip.SipPhone({ ...given, display_name: '' }, audio, listener)
      phone.start()
    } catch (error) {
      const missing = error instanceof ApiError && (error.status === 404 || error.status === 403)
      line.value = missing ? 'none' : 'lost'
      if (!missing && running) setTimeout(() => running && void start(), INBOX_MS)
    }
    if ((await microphonePermission()) === 'insecure') microphone.value = 'insecure'
  }

  function stop(): void {
    running = false
    clearTimeout(inboxTimer)
    phone?.stop()
    phone = null
  }

  const listener: SipListener = {
    onConnecting: () => undefined,
    onReady: () => (line.value = 'ready'),
    onLost: () => (line.value = 'lost'),
    onRefused: () => (line.value = 'refused'),
    onInvite: (caller) => {
      call.value = 'called'
      cause.value = ''
      calledBy.value = caller
    },
    // A call that comes in makes progress too: our own ringing.
    onProgress: () => call.value === 'calling' && (call.value = 'ringing'),
    onUp: () => {
      call.value = 'up'
      upSince.value = Date.now()
    },
    onMuted: () => undefined,
    onEnded: (reason) => {
      call.value = 'idle'
      cause.value = reason
      upSince.value = null
    },
    onMicrophone: (problem) => (microphone.value = problem),
  }

  function place(number: string, who: string): void {
    if (!account.value || busy.value) return
    cause.value = ''
    microphone.value = null
    call.value = 'calling'
    phone?.call(`sip:${number}@${sipHost(account.value.uri)}`, identityHeaders(account.value, who))
  }

  /** The company calls back. */
  function answer(): void {
    if (call.value === 'called') phone?.answer()
  }

  function hangUp(): void {
    if (!busy.value) return
    if (call.value === 'called') return phone?.reject()
    call.value = 'ending'
    phone?.hangUp()
  }

  /** Look into the CRM's inbox every two seconds while the page is there. */
  async function readInbox(): Promise<void> {
    clearTimeout(inboxTimer)
    try {
      deliveries.value = await routes.demoCrm()
      inboxFailed.value = false
    } catch {
      inboxFailed.value = true
    }
    if (running) inboxTimer = setTimeout(readInbox, INBOX_MS)
  }

  return {
    account, line, call, busy, upSince, cause, microphone, deliveries, inboxFailed, calledBy, start, stop, place, answer, hangUp,
    sendKey: (key: string) => phone?.sendKey(key),
  }
})
