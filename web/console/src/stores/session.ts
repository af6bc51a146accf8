import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError, setCsrfToken } from '@/api/http'
import { routes } from '@/api/routes'
import type { Session } from '@/generated/protocol'

export const useSession = defineStore('session', () => {
  const session = ref<Session | null>(null)
  const user = computed(() => session.value?.user ?? null)
  const mayServe = computed(() => Boolean(user.value?.agent_id))
  const maySupervise = computed(() => user.value?.role === 'supervisor' || user.value?.role === 'administrator')

  function keep(next: Session | null): void {
    session.value = next
    setCsrfToken(next?.csrf_token ?? '')
  }

  /** Ask who is signed in. False: nobody; rejects when the server cannot be asked. */
  async function load(): Promise<boolean> {
    try {
      keep(await routes.session())
      return true
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      keep(null)
      return false
    }
  }

  async function signIn(login: string, password: string): Promise<void> {
    keep(await routes.signIn({ login, password }))
  }

  async function signOut(): Promise<void> {
    await routes.signOut().catch(() => null)
    keep(null)
  }

  return { session, user, mayServe, maySupervise, load, signIn, signOut }
})
