import { createI18n } from 'vue-i18n'
import { en } from './en'
import { zhCN } from './zh-CN'

export type LocaleName = 'en' | 'zh-CN'

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en, 'zh-CN': zhCN },
  missingWarn: false,
  fallbackWarn: false,
})

/** Switch the language of the page at once, with `lang` for screen readers and fonts. */
export function setLocale(locale: LocaleName): void {
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}
