import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'
import { routes } from '@/api/routes'
import { setLocale, type LocaleName } from '@/i18n'
import type { UserChange } from '@/generated/protocol'
import { useSession } from './session'
import { paint, resolveTheme, type ThemeChoice } from '@/theme/apply'

const LANGUAGE_KEY = 'hotline.language'
const THEME_KEY = 'hotline.theme'

/** Language and theme of this browser; what the person chose here wins over what the account says. */
export const usePreferences = defineStore('preferences', () => {
  const media = window.matchMedia('(prefers-color-scheme: dark)')
  const systemIsDark = ref(media.matches)
  media.addEventListener('change', (event) => (systemIsDark.value = event.matches))

  const language = ref<LocaleName>(read(LANGUAGE_KEY, ['en', 'zh-CN']) ?? browserLanguage())
  const themeChoice = ref<ThemeChoice>(read(THEME_KEY, ['system', 'light', 'dark']) ?? 'system')
  const theme = computed(() => resolveTheme(themeChoice.value, systemIsDark.value))

  watchEffect(() => setLocale(language.value))
  watchEffect(() => paint(theme.value))

  function chooseLanguage(next: LocaleName): void {
    language.value = next
    localStorage.setItem(LANGUAGE_KEY, next)
    remember({ language: next })
  }

  function chooseTheme(next: ThemeChoice): void {
    themeChoice.value = next
    localStorage.setItem(THEME_KEY, next)
    remember({ theme: next })
  }

  /** Tell the account too, for the next browser; nothing here depends on it. */
  function remember(change: UserChange): void {
    if (useSession().session) void routes.changeMe(change).catch(() => undefined)
  }

  /** Take the account's language and theme where this browser has no choice of its own. */
  function adopt(account: { language: LocaleName; theme: ThemeChoice }): void {
    if (!localStorage.getItem(LANGUAGE_KEY)) language.value = account.language
    if (!localStorage.getItem(THEME_KEY)) themeChoice.value = account.theme
  }

  return { language, themeChoice, theme, chooseLanguage, chooseTheme, adopt }
})

function read<T extends string>(key: string, allowed: readonly T[]): T | null {
  const value = localStorage.getItem(key) as T | null
  return value && allowed.includes(value) ? value : null
}

function browserLanguage(): LocaleName {
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}
