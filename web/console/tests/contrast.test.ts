import { describe, expect, it } from 'vitest'
import { dark, light, type Palette } from '@/theme/tokens'

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
  const [r = 0, g = 0, b = 0] = channels.map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const TEXTS: (keyof Palette)[] = ['text', 'textSoft', 'textFaint', 'accent', 'good', 'warn', 'bad']
const GROUNDS: (keyof Palette)[] = ['ground', 'surface', 'raised', 'hover']

describe.each([['light', light], ['dark', dark]] as const)('%s theme', (_, palette) => {
  it.each(TEXTS.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)))('%s on %s reads', (text, ground) => {
    expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5)
  })

  it.each([['onAccent', 'accent'], ['warn', 'warnSoft'], ['bad', 'badSoft'], ['text', 'accentSoft'], ['textSoft', 'accentSoft'], ['textFaint', 'accentSoft'], ['text', 'warnSoft'], ['text', 'badSoft']] as const)(
    '%s on %s reads', (text, ground) => expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5),
  )

  it('draws borders of fields strongly enough', () => {
    expect(contrast(palette.lineStrong, palette.surface)).toBeGreaterThanOrEqual(3)
  })
})
