/** The softphone as a table of events: pure, so that every order of them can be tried. */

export type PhoneLine = 'off' | 'starting' | 'elsewhere' | 'connecting' | 'ready' | 'lost' | 'refused'
export type CallPhase = 'none' | 'ringing' | 'answering' | 'up' | 'ending'
export type MicrophoneProblem = 'denied' | 'missing' | 'insecure' | 'failed'

export interface Intent {
  kind: 'accept' | 'decline'
  reservationId: string
  /** Milliseconds; an intent that is older than its offer answers nothing. */
  until: number
}

export interface PhoneCall {
  phase: CallPhase
  /** The reservation that this call belongs to, as far as known: named by the call or by the pop. */
  reservationId: string | null
  caller: string
  muted: boolean
  upSince: number | null
}

export interface PhoneState {
  line: PhoneLine
  nextTryAt: number | null
  microphone: MicrophoneProblem | null
  call: PhoneCall
  intent: Intent | null
}

export type PhoneEvent =
  | { type: 'line'; line: PhoneLine; nextTryAt?: number }
  | { type: 'invite'; caller: string; reservationId: string | null; at: number }
  | { type: 'accept'; reservationId: string; until: number }
  | { type: 'decline'; reservationId: string; until: number }
  | { type: 'undecline' }
  | { type: 'offer_gone'; reservationId: string }
  | { type: 'up'; at: number }
  | { type: 'muted'; muted: boolean }
  | { type: 'hang_up' }
  | { type: 'ended' }
  | { type: 'microphone'; problem: MicrophoneProblem | null }

/** What the machine wants done to the real phone. */
export type PhoneEffect = 'answer' | 'reject' | 'terminate'

export const NO_CALL: PhoneCall = { phase: 'none', reservationId: null, caller: '', muted: false, upSince: null }

export function idlePhone(): PhoneState {
  return { line: 'starting', nextTryAt: null, microphone: null, call: { ...NO_CALL }, intent: null }
}

export interface Step {
  state: PhoneState
  effects: PhoneEffect[]
}

/** The next state and what to do. An event that does not fit the state changes nothing. */
export function step(state: PhoneState, event: PhoneEvent): Step {
  switch (event.type) {
    case 'line':
      return still({ ...state, line: event.line, nextTryAt: event.nextTryAt ?? null })
    case 'invite':
      return onInvite(state, event)
    case 'accept':
      return onAccept(state, event)
    case 'decline':
      return onDecline(state, event)
    case 'undecline':
      return still(state.intent?.kind === 'decline' ? { ...state, intent: null } : state)
    case 'offer_gone':
      return onOfferGone(state, event.reservationId)
    case 'up':
      return onUp(state, event.at)
    case 'muted':
      return still(state.call.phase === 'up' ? withCall(state, { muted: event.muted }) : state)
    case 'hang_up':
      return onHangUp(state)
    case 'ended':
      return still({ ...state, call: { ...NO_CALL }, intent: null })
    case 'microphone':
      return still({ ...state, microphone: event.problem })
  }
}

function still(state: PhoneState): Step {
  return { state, effects: [] }
}

function withCall(state: PhoneState, change: Partial<PhoneCall>): PhoneState {
  return { ...state, call: { ...state.call, ...change } }
}

/** A call whose reservation is not said belongs to any offer: an agent has one call at a time. */
function belongs(callReservation: string | null, reservationId: string): boolean {
  return callReservation === null || callReservation === reservationId
}

function onInvite(state: PhoneState, event: Extract<PhoneEvent, { type: 'invite' }>): Step {
  if (state.call.phase !== 'none') return still(state)
  const call: PhoneCall = { ...NO_CALL, phase: 'ringing', caller: event.caller, reservationId: event.reservationId }
  const ringing = { ...state, call }
  const intent = state.intent
  if (!intent || event.at > intent.until || !belongs(event.reservationId, intent.reservationId)) {
    return still({ ...ringing, intent: null })
  }
  return intent.kind === 'accept' ? answer(ringing, intent.reservationId) : reject(ringing)
}

function answer(state: PhoneState, reservationId: string): Step {
  return { state: { ...withCall(state, { phase: 'answering', reservationId }), intent: null }, effects: ['answer'] }
}

function reject(state: PhoneState): Step {
  return { state: { ...withCall(state, { phase: 'ending' }), intent: null }, effects: ['reject'] }
}

function onAccept(state: PhoneState, event: { reservationId: string; until: number }): Step {
  const { call } = state
  if (call.phase === 'ringing' && belongs(call.reservationId, event.reservationId)) {
    return answer(state, event.reservationId)
  }
  if (call.phase !== 'none') return still(state)
  return still({ ...state, intent: { kind: 'accept', reservationId: event.reservationId, until: event.until } })
}

function onDecline(state: PhoneState, event: { reservationId: string; until: number }): Step {
  const { call } = state
  if (call.phase === 'ringing' && belongs(call.reservationId, event.reservationId)) return reject(state)
  if (call.phase !== 'none') return still(state)
  return still({ ...state, intent: { kind: 'decline', reservationId: event.reservationId, until: event.until } })
}

function onOfferGone(state: PhoneState, reservationId: string): Step {
  if (state.intent?.reservationId !== reservationId) return still(state)
  return still({ ...state, intent: null })
}

function onUp(state: PhoneState, at: number): Step {
  if (state.call.phase !== 'answering' && state.call.phase !== 'ringing') return still(state)
  return still(withCall(state, { phase: 'up', upSince: at }))
}

function onHangUp(state: PhoneState): Step {
  const { phase } = state.call
  if (phase === 'ringing') return reject(state)
  if (phase !== 'answering' && phase !== 'up') return still(state)
  return { state: withCall(state, { phase: 'ending' }), effects: ['terminate'] }
}
