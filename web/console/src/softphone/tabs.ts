import type { PhoneState } from './machine'

/** What the tabs of one browser tell each other: the one with the phone leads, the others show and ask. */
export type TabMessage =
  | { kind: 'state'; state: PhoneState }
  | { kind: 'hello' }
  | { kind: 'gone' }
  | { kind: 'command'; command: PhoneCommand }
  | { kind: 'yield' }

export type PhoneCommand =
  | { type: 'accept'; reservationId: string; until: number }
  | { type: 'decline'; reservationId: string; until: number }
  | { type: 'undecline' }
  | { type: 'hang_up' }
  | { type: 'hush'; hushed: boolean }
  | { type: 'mute'; muted: boolean }
  | { type: 'key'; key: string }

/** The channel between the tabs of one agent. */
export class TabChannel {
  private readonly channel: BroadcastChannel

  constructor(agent: string, onMessage: (message: TabMessage) => void) {
    this.channel = new BroadcastChannel(`hotline.phone.${agent}`)
    this.channel.onmessage = (event) => onMessage(event.data as TabMessage)
  }

  post(message: TabMessage): void {
    this.channel.postMessage(message)
  }

  close(): void {
    this.channel.close()
  }
}
