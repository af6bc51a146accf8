/** What goes over the socket; the other side is telephony/webchat/protocol.py. */
export interface ChatFile {
  id: string
  name: string
  content_type: string
  size: number | null
  refused: string | null
}

export interface Message {
  seq: number
  author: 'customer' | 'agent' | 'system'
  id: string | null
  name: string
  body: string
  at: string
  files: ChatFile[]
}

export type Phase = 'none' | 'waiting' | 'active' | 'ended'

export interface Place {
  position: number
  low_seconds: number
  high_seconds: number
}

export type ServerFrame =
  | { type: 'welcome'; token: string | null }
  | ({ type: 'message' } & Message)
  | { type: 'status'; phase: Phase; agent: string; open: boolean }
  | ({ type: 'place' } & Place)
  | { type: 'kept'; id: string; seq: number }
  | { type: 'refused'; id: string | null; code: string; retry_after_seconds: number | null }
  | { type: 'typing'; name: string }
  | { type: 'read'; seq: number }
  | { type: 'pong' }

export interface FormField {
  name: 'name' | 'email' | 'topic'
  required: boolean
  options: string[]
}

/** GET /api/chat/{key} */
export interface Site {
  name: string
  language: string
  texts: Record<string, Record<string, string>>
  form: FormField[]
  open: boolean
  longest_text: number
  largest_file_bytes: number
}

/** Why the server closed; see ChatClose there. */
export const CLOSE = { badFrame: 4400, unknown: 4404, idle: 4408, tooMany: 4429 }
