import type {
  CallbackEntry,
  CallbackWish,
  CannedReply,
  Conclusion,
  ConclusionDone,
  ConversationPage,
  CustomerCard,
  CustomerHit,
  DemoPhone,
  DemoText,
  DemoTextLine,
  DemoWebhook,
  HandOver,
  MessageSent,
  NewMessage,
  Opened,
  PresenceChange,
  Session,
  SignIn,
  Softphone,
  Uploaded,
  UserChange,
  WaitView,
  Why,
} from '@/generated/protocol'
import { request, sendFile } from './http'

const conversation = (id: string) => `/api/conversations/${encodeURIComponent(id)}`
const interaction = (id: string) => `/api/interactions/${encodeURIComponent(id)}`

/** Every route that the console calls, in one place. */
export const routes = {
  session: () => request<Session>('GET', '/api/session'),
  signIn: (body: SignIn) => request<Session>('POST', '/api/session', body),
  changeMe: (body: UserChange) => request<Session>('PATCH', '/api/me', body),
  signOut: () => request<null>('DELETE', '/api/session'),
  changePresence: (body: PresenceChange) => request<unknown>('POST', '/api/me/presence', body),
  changeAgentPresence: (agentId: string, body: PresenceChange) =>
    request<unknown>('POST', `/api/agents/${encodeURIComponent(agentId)}/presence`, body),
  conclude: (interactionId: string, body: Conclusion) =>
    request<ConclusionDone>('POST', `/api/interactions/${encodeURIComponent(interactionId)}/outcome`, body),
  decline: (reservationId: string) =>
    request<null>('POST', `/api/reservations/${encodeURIComponent(reservationId)}/decline`),
  hangUp: (interactionId: string) =>
    request<null>('POST', `/api/interactions/${encodeURIComponent(interactionId)}/hangup`),
  callBack: (interactionId: string, body: CallbackWish) =>
    request<null>('POST', `/api/interactions/${encodeURIComponent(interactionId)}/callback`, body),
  cancelCall: (interactionId: string) =>
    request<null>('POST', `/api/interactions/${encodeURIComponent(interactionId)}/cancel`),
  enterCallback: (body: CallbackEntry) => request<Opened>('POST', '/api/callbacks', body),
  why: (interactionId: string, signal?: AbortSignal) =>
    request<Why>('GET', `/api/interactions/${encodeURIComponent(interactionId)}/why`, undefined, signal),
  waits: () => request<WaitView[]>('GET', '/api/waits'),
  conversation: (id: string, before?: number) =>
    request<ConversationPage>('GET', `${conversation(id)}${before ? `?before=${before}` : ''}`),
  sendMessage: (id: string, body: NewMessage) => request<MessageSent>('POST', `${conversation(id)}/messages`, body),
  sendAgain: (id: string, messageId: string) =>
    request<null>('POST', `${conversation(id)}/messages/${encodeURIComponent(messageId)}/again`),
  uploadFile: (id: string, file: File) =>
    sendFile<Uploaded>(`${conversation(id)}/files?name=${encodeURIComponent(file.name.slice(0, 120))}`, file),
  readUpTo: (id: string, seq: number) => request<null>('POST', `${conversation(id)}/read`, { seq }),
  tellTyping: (id: string) => request<null>('POST', `${conversation(id)}/typing`),
  accept: (interactionId: string) => request<null>('POST', `${interaction(interactionId)}/accept`),
  endConversation: (interactionId: string, body: Conclusion) =>
    request<ConclusionDone>('POST', `${interaction(interactionId)}/end`, body),
  handOver: (interactionId: string, body: HandOver) => request<null>('POST', `${interaction(interactionId)}/hand-over`, body),
  cannedReplies: () => request<CannedReply[]>('GET', '/api/canned-replies'),
  fileUrl: (id: string, inline = false) => `/api/files/${encodeURIComponent(id)}${inline ? '?inline=1' : ''}`,
  softphone: () => request<Softphone>('GET', '/api/softphone'),
  findCustomers: (query: string, signal?: AbortSignal) =>
    request<CustomerHit[]>('GET', `/api/customers?query=${encodeURIComponent(query)}`, undefined, signal),
  customer: (id: string) => request<CustomerCard>('GET', `/api/customers/${encodeURIComponent(id)}`),
  demoPhone: () => request<DemoPhone>('GET', '/api/demo/phone'),
  demoTexts: (channel: string, sender: string) =>
    request<DemoTextLine[]>('GET', `/api/demo/messages?channel=${channel}&sender=${encodeURIComponent(sender)}`),
  demoWrite: (text: DemoText) => request<void>('POST', '/api/demo/messages', text),
  demoCrm: () => request<DemoWebhook[]>('GET', '/api/demo/crm'),
}

/** The websocket of the desk, beside the page. */
export function deskSocketUrl(location: Location = window.location): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/desk`
}
