import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import { en } from '@/i18n/en'
import { zhCN } from '@/i18n/zh-CN'

function flat(node: object, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(node)) {
    const here = path ? `${path}.${key}` : key
    if (typeof value === 'string') found.set(here, value)
    else flat(value, here).forEach((text, deeper) => found.set(deeper, text))
  }
  return found
}

const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort()
type Speak = (key: string, named: object) => string
const english = flat(en)
const chinese = flat(zhCN)
const MAY_BE_EMPTY = new Set(['entry.delivery.none'])

describe('both languages', () => {
  it('have the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('say something everywhere', () => {
    const empty = [...english, ...chinese].filter(([key, text]) => !text.trim() && !MAY_BE_EMPTY.has(key))
    expect(empty).toEqual([])
  })

  it('fill in the same things', () => {
    for (const [key, text] of english) expect([key, placeholders(chinese.get(key) ?? '')]).toEqual([key, placeholders(text)])
  })

  it('are Chinese where they should be', () => {
    const same = ['app.name', 'channel.whatsapp', 'entry.delivery.none', 'call.key', 'work.capacity', 'explain.separator']
    const untranslated = [...chinese].filter(([key, text]) => !/[\u4e00-\u9fff]/.test(text) && !same.includes(key) && !/^\d+\s?%$/.test(text))
    expect(untranslated).toEqual([])
  })

  it('can all be spoken', () => {
    for (const [locale, messages] of [['en', en], ['zh-CN', zhCN]] as const) {
      const speak = createI18n<false>({ legacy: false, locale, messages: { [locale]: messages } as never }).global.t as never as Speak
      for (const key of english.keys()) expect(() => speak(key, { n: 1 })).not.toThrow()
    }
  })
})
