import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { backoffMs } from '@/api/backoff'
import { routes } from '@/api/routes'
import { Ringtone } from '@/softphone/audio'
import { seekLeadership, type Leadership } from '@/softphone/leader'
import { idlePhone, step, type PhoneEffect, type PhoneEvent, type PhoneState } from '@/softphone/machine'
import { allowMicrophone, microphonePermission } from '@/softphone/microphone'
import type { SipListener, SipPhone } from '@/softphone/sip'
import { TabChannel, type PhoneCommand, type TabMessage } from '@/softphone/tabs'

/** The softphone of this browser: one tab holds it, every tab shows it and may give it orders. */
export const usePhone = defineStore('phone', () => {
  const state = shallowRef<PhoneState>(idlePhone())
  const leading = ref(false)
  const microphoneAsked = ref(true)
  const ringtone = new Ringtone()
  const audio = new Audio()
  audio.autoplay = true
  let hushed = false
  let phone: SipPhone | null = null
  let tabs: TabChannel | null = null
  let leadership: Leadership | null = null
  let retry: ReturnType<typeof setTimeout> | undefined

  const inCall = computed(() => ['answering', 'up', 'ending'].includes(state.value.call.phase))

  function start(agentId: string): void {
    if (tabs) return
    tabs = new TabChannel(agentId, onTabMessage)
    tabs.post({ kind: 'hello' })
    dispatch({ type: 'line', line: 'elsewhere' })
    leadership = seekLeadership(lead)
    void refreshPermission()
  }

  function stop(): void {
    yieldPhone()
    leadership?.release()
    tabs?.close()
    tabs = leadership = null
    state.value = idlePhone()
  }

  async function lead(): Promise<void> {
    leading.value = true
    dispatch({ type: 'line', line: 'starting' })
    await register(0)
  }

  /** Fetch the account and register; what fails is tried again, ever more slowly. */
  async function register(attempt: number): Promise<void> {
    try {
      const [account, sip] = await Promise.all([routes.softphone(), import('@/softphone/sip')])
      if (!leading.value) return
      if (!account.ws_url) return dispatch({ type: 'line', line: 'off' })
      phone = new sip.SipPhone(account, audio, listener)
      phone.start()
    } catch {
      const wait = backoffMs(attempt) * 2
      dispatch({ type: 'line', line: 'lost', nextTryAt: Date.now() + wait })
      retry = setTimeout(() => leading.value && void register(attempt + 1), wait)
    }
  }

  const listener: SipListener = {
    onConnecting: () => state.value.line === 'starting' && dispatch({ type: 'line', line: 'connecting' }),
    onReady: () => dispatch({ type: 'line', line: 'ready' }),
    onLost: () => dispatch({ type: 'line', line: 'lost' }),
    onRefused: () => dispatch({ type: 'line', line: 'refused' }),
    onInvite: (caller, reservationId) => dispatch({ type: 'invite', caller, reservationId, at: Date.now() }),
    onUp: () => dispatch({ type: 'up', at: Date.now() }),
    onMuted: (muted) => dispatch({ type: 'muted', muted }),
    onEnded: () => dispatch({ type: 'ended' }),
    onMicrophone: (problem) => dispatch({ type: 'microphone', problem }),
  }

  function dispatch(event: PhoneEvent): void {
    const next = step(state.value, event)
    state.value = next.state
    next.effects.forEach(perform)
    if (leading.value) ringAndTell()
  }

  function perform(effect: PhoneEffect): void {
    if (effect === 'answer') phone?.answer()
    if (effect === 'reject') phone?.reject()
    if (effect === 'terminate') phone?.hangUp()
  }

  function ringAndTell(): void {
    if (state.value.call.phase !== 'ringing') hushed = false
    if (state.value.call.phase === 'ringing' && !hushed) ringtone.start()
    else ringtone.stop()
    tabs?.post({ kind: 'state', state: state.value })
  }

  /** Do it here when the phone is here, else ask the tab that has it. */
  function order(command: PhoneCommand): void {
    if (!leading.value) return tabs?.post({ kind: 'command', command })
    if (command.type === 'hush') hush(command.hushed)
    else if (command.type === 'mute') phone?.mute(command.muted)
    else if (command.type === 'key') phone?.sendKey(command.key)
    else dispatch(command)
  }

  /** Silence while a decline can still be taken back. */
  function hush(on: boolean): void {
    hushed = on
    ringAndTell()
  }

  function onTabMessage(message: TabMessage): void {
    if (message.kind === 'command' && leading.value) order(message.command)
    if (message.kind === 'hello' && leading.value) ringAndTell()
    if (message.kind === 'yield' && leading.value && !inCall.value) handOver()
    if (message.kind === 'state' && !leading.value) state.value = { ...message.state, line: 'elsewhere' }
    if (message.kind === 'gone' && !leading.value) state.value = { ...idlePhone(), line: 'elsewhere' }
  }

  /** Let another tab have the phone, then wait in line for it again. */
  function handOver(): void {
    yieldPhone()
    dispatch({ type: 'line', line: 'elsewhere' })
    leadership?.release()
    leadership = seekLeadership(lead)
  }

  function yieldPhone(): void {
    clearTimeout(retry)
    ringtone.stop()
    phone?.stop()
    phone = null
    if (leading.value) tabs?.post({ kind: 'gone' })
    leading.value = false
  }

  async function refreshPermission(): Promise<void> {
    const permission = await microphonePermission()
    microphoneAsked.value = permission !== 'prompt'
    const problem = permission === 'denied' ? 'denied' : permission === 'insecure' ? 'insecure' : null
    if (problem) dispatch({ type: 'microphone', problem })
  }

  async function allow(): Promise<void> {
    const problem = await allowMicrophone()
    microphoneAsked.value = true
    dispatch({ type: 'microphone', problem })
  }

  return {
    state, leading, inCall, microphoneAsked, start, stop, order, allow,
    unlockSound: () => ringtone.unlock(),
    offerGone: (reservationId: string) => dispatch({ type: 'offer_gone', reservationId }),
    takeOver: () => tabs?.post({ kind: 'yield' }),
  }
})
