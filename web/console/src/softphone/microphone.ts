import type { MicrophoneProblem } from './machine'

export type Permission = 'granted' | 'prompt' | 'denied' | 'insecure'

/** What the browser would say to a wish for the microphone, without asking the person. */
export async function microphonePermission(): Promise<Permission> {
  if (!navigator.mediaDevices?.getUserMedia) return 'insecure'
  try {
    const status = await navigator.permissions.query({ name: 'microphone' as PermissionName })
    return status.state
  } catch {
    return 'prompt'
  }
}

/** Ask the person for the microphone and let it go again; the next call then starts at once. */
export async function allowMicrophone(): Promise<MicrophoneProblem | null> {
  if (!navigator.mediaDevices?.getUserMedia) return 'insecure'
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    stream.getTracks().forEach((track) => track.stop())
    return null
  } catch (error) {
    return microphoneProblem(error)
  }
}

/** Why getUserMedia refused, in our words. */
export function microphoneProblem(error: unknown): MicrophoneProblem {
  const name = error instanceof Error ? error.name : String((error as { name?: unknown } | null)?.name ?? error)
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing'
  return 'failed'
}
