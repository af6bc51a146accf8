import type { Problem } from '@/generated/protocol'

/** A refusal of the server, or `network` when it could not be asked. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message)
  }

  get retryAfterSeconds(): number | null {
    const value = this.details['retry_after_seconds']
    return typeof value === 'number' ? value : null
  }
}

let csrfToken = ''

/** The token that every change carries; comes with the session. */
export function setCsrfToken(token: string): void {
  csrfToken = token
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** Ask the server. Rejects with ApiError; a body that is no JSON counts as none. */
export async function request<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal)
  const payload = await readJson(response)
  if (!response.ok) throw problemOf(response.status, payload)
  return payload as T
}

async function send(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken
  try {
    return await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      signal: signal ?? AbortSignal.timeout(15_000),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'network', String(error))
  }
}

/** Send a file as it is. Rejects with ApiError. */
export async function sendFile<T>(path: string, file: File): Promise<T> {
  const headers = { Accept: 'application/json', 'Content-Type': file.type || 'application/octet-stream', 'X-CSRF-Token': csrfToken }
  let response: Response
  try {
    response = await fetch(path, { method: 'POST', headers, body: file, credentials: 'same-origin', signal: AbortSignal.timeout(120_000) })
  } catch (error) {
    throw new ApiError(0, 'network', String(error))
  }
  const payload = await readJson(response)
  if (!response.ok) throw problemOf(response.status, payload)
  return payload as T
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return null
  }
}

function problemOf(status: number, payload: unknown): ApiError {
  const problem = (payload ?? {}) as Partial<Problem>
  return new ApiError(status, problem.code ?? `http.${status}`, problem.message ?? '', problem.details ?? {})
}
