import { useI18n } from 'vue-i18n'
import { ApiError } from '@/api/http'
import type { Label } from '@/generated/protocol'

/** Words for codes that come from the server. */
export function useWords() {
  const { t, te, locale } = useI18n({ useScope: 'global' })

  /** The word for a code; a code that the company added itself is shown as it is, without underscores. */
  function word(group: string, code: string): string {
    const key = `${group}.${code}`
    return te(key, 'en') ? t(key) : code.replaceAll('_', ' ')
  }

  function label(of: Label): string {
    return (locale.value === 'zh-CN' ? of.zh || of.en : of.en || of.zh) || ''
  }

  /** What went wrong, what is safe, what to do. */
  function problem(error: unknown): string {
    if (!(error instanceof ApiError)) return t('error.server', { code: 'console' })
    if (error.status === 0) return t('error.network')
    if (error.status === 409) return t('error.conflict')
    if (error.status === 403) return t('error.forbidden')
    if (error.status === 404) return t('error.gone')
    return t('error.server', { code: error.code })
  }

  return { t, word, label, problem, locale }
}
