import { useWords } from '@/i18n/words'

/** Why a message was not sent, or not delivered, in words; a code that nobody has words for is shown as it is. */
export function useFailureWords(): (code: string) => string {
  const { word } = useWords()
  return (code) => {
    const key = code.replaceAll('.', '_')
    const words = word('messages.failure', key)
    return words === key.replaceAll('_', ' ') ? code : words
  }
}
