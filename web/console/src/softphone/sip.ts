import { UA, WebSocketInterface } from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { UAConfiguration } from 'jssip/lib/UA'
import { microphoneProblem } from './microphone'
import type { MicrophoneProblem } from './machine'

export interface Account {
  ws_url: string
  uri: string
  username: string
  password: string
  display_name?: string
}

export interface SipListener {
  onConnecting(): void
  onReady(): void
  onLost(): void
  onRefused(): void
  onInvite(caller: string, reservationId: string | null): void
  onProgress?(): void
  onUp(): void
  onMuted(muted: boolean): void
  onEnded(cause: string): void
  onMicrophone(problem: MicrophoneProblem | null): void
}

const RESERVATION_HEADER = 'X-Hotline-Reservation'
const REGISTER_AGAIN_MS = 2_000
/** How long to collect ICE candidates after the first: on one network the first ones connect. */
const ICE_GRACE_MS = 50
const MEDIA = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } }

/** One browser phone with one call: JsSIP behind the few words that the console needs. */
export class SipPhone {
  private readonly ua: UA
  private session: RTCSession | null = null
  private registerTimer: ReturnType<typeof setTimeout> | undefined
  private stopped = false

  constructor(
    account: Account,
    private readonly audio: HTMLAudioElement,
    private readonly listener: SipListener,
  ) {
    this.ua = new UA(configurationOf(account))
    this.ua.on('connecting', () => this.listener.onConnecting())
    this.ua.on('registered', () => this.listener.onReady())
    this.ua.on('disconnected', () => this.stopped || this.listener.onLost())
    this.ua.on('registrationFailed', (event) => this.onRegistrationFailed(event.response?.status_code ?? 0))
    this.ua.on('newRTCSession', (event: { originator: string; session: RTCSession; request: unknown }) => {
      if (event.originator === 'remote') this.onIncoming(event.session, event.request as IncomingHeaders)
    })
  }

  start(): void {
    this.ua.start()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.registerTimer)
    this.ua.stop()
  }

  answer(): void {
    this.session?.answer(MEDIA)
  }

  reject(): void {
    this.session?.terminate({ status_code: 603 })
  }

  hangUp(): void {
    if (this.session && !this.session.isEnded()) this.session.terminate()
  }

  mute(muted: boolean): void {
    if (muted) this.session?.mute({ audio: true })
    else this.session?.unmute({ audio: true })
  }

  sendKey(key: string): void {
    this.session?.sendDTMF(key, { duration: 120, interToneGap: 60, transportType: 'RFC2833' as never })
  }

  /** Place a call; `headers` go with the INVITE. */
  call(target: string, headers: string[]): void {
    const session = this.ua.call(target, { ...MEDIA, extraHeaders: headers })
    this.follow(session)
  }

  private onRegistrationFailed(status: number): void {
    if (this.stopped) return
    if (status === 401 || status === 403 || status === 404) this.listener.onRefused()
    clearTimeout(this.registerTimer)
    this.registerTimer = setTimeout(() => this.ua.isConnected() && this.ua.register(), REGISTER_AGAIN_MS)
  }

  private onIncoming(session: RTCSession, request: IncomingHeaders): void {
    if (this.session) return session.terminate({ status_code: 486 })
    this.follow(session)
    const identity = session.remote_identity
    const caller = identity.display_name || identity.uri.user || ''
    this.listener.onInvite(caller, request.getHeader(RESERVATION_HEADER) ?? null)
  }

  private follow(session: RTCSession): void {
    this.session = session
    this.sendAnswerEarly(session)
    session.on('peerconnection', (event) => this.playRemote(event.peerconnection))
    if (session.connection) this.playRemote(session.connection)
    session.on('progress', () => this.listener.onProgress?.())
    session.on('confirmed', () => this.listener.onUp())
    session.on('muted', () => this.listener.onMuted(true))
    session.on('unmuted', () => this.listener.onMuted(false))
    session.on('getusermediafailed', (error) => this.listener.onMicrophone(microphoneProblem(error)))
    session.on('ended', (event) => this.onOver(session, event.cause))
    session.on('failed', (event) => this.onOver(session, event.cause))
  }

  /** JsSIP waits for the end of ICE gathering; the first candidates are enough. */
  private sendAnswerEarly(session: RTCSession): void {
    let timer: ReturnType<typeof setTimeout> | undefined
    session.on('icecandidate', (event) => {
      timer ??= setTimeout(() => event.ready(), ICE_GRACE_MS)
    })
  }

  private playRemote(connection: RTCPeerConnection): void {
    connection.addEventListener('track', (event) => {
      this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track])
      void this.audio.play().catch(() => undefined)
    })
  }

  private onOver(session: RTCSession, cause: string): void {
    if (session !== this.session) return
    this.session = null
    this.audio.srcObject = null
    this.listener.onEnded(cause)
  }
}

interface IncomingHeaders {
  getHeader(name: string): string | undefined
}

function configurationOf(account: Account): UAConfiguration {
  return {
    sockets: [new WebSocketInterface(account.ws_url)],
    uri: account.uri,
    authorization_user: account.username,
    password: account.password,
    display_name: account.display_name || undefined,
    register: true,
    register_expires: 120,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 5,
    user_agent: 'Hotline console',
  }
}
