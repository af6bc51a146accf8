const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
const EXTENDED = new Set('\f^{}\\[~]|€')

export interface Segments {
  units: number
  segments: number
  /** Units that are left in the last segment. */
  left: number
  unicode: boolean
}

/** How many SMS a text makes: 160 characters of the GSM alphabet (153 when there are several), else 70 (67). */
export function countSegments(text: string): Segments {
  const chars = [...text]
  const unicode = chars.some((char) => !BASIC.has(char) && !EXTENDED.has(char))
  const widths = chars.map((char) => (unicode ? char.length : EXTENDED.has(char) ? 2 : 1))
  const units = widths.reduce((sum, width) => sum + width, 0)
  const [single, each] = unicode ? [70, 67] : [160, 153]
  if (units <= single) return { units, segments: units ? 1 : 0, left: single - units, unicode }
  const { segments, used } = pack(widths, each)
  return { units, segments, left: each - used, unicode }
}

/** No character is cut in two: what does not fit whole begins the next segment. */
function pack(widths: number[], each: number): { segments: number; used: number } {
  let segments = 1
  let used = 0
  for (const width of widths) {
    if (used + width > each) {
      segments += 1
      used = 0
    }
    used += width
  }
  return { segments, used }
}
