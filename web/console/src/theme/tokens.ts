/** Every colour of the console, by meaning; both themes are drawn, none is the other inverted. */
export interface Palette {
  /** Ground of the window. */
  ground: string
  /** Ground of columns and strips. */
  surface: string
  /** Menus, overlays, the row under the pointer. */
  raised: string
  hover: string
  line: string
  lineStrong: string
  text: string
  textSoft: string
  textFaint: string
  accent: string
  accentSoft: string
  onAccent: string
  good: string
  goodSoft: string
  warn: string
  warnSoft: string
  bad: string
  badSoft: string
  onBad: string
  shadow: string
}

export const light: Palette = {
  ground: '#f3f4f6',
  surface: '#ffffff',
  raised: '#ffffff',
  hover: '#f1f4f8',
  line: '#e2e5ea',
  lineStrong: '#8a93a1',
  text: '#1b2028',
  textSoft: '#4c5665',
  textFaint: '#5f6978',
  accent: '#1d5bb8',
  accentSoft: '#e7effa',
  onAccent: '#ffffff',
  good: '#17703b',
  goodSoft: '#e2f3e8',
  warn: '#875400',
  warnSoft: '#fcf0d8',
  bad: '#b3261e',
  badSoft: '#fce9e7',
  onBad: '#ffffff',
  shadow: '0 6px 24px rgb(20 26 36 / 16%)',
}

export const dark: Palette = {
  ground: '#101318',
  surface: '#171b21',
  raised: '#20252d',
  hover: '#1f242c',
  line: '#2a3039',
  lineStrong: '#66707f',
  text: '#e3e7ed',
  textSoft: '#aab3c0',
  textFaint: '#8d97a6',
  accent: '#76abf7',
  accentSoft: '#1b2b44',
  onAccent: '#0c1522',
  good: '#63c68d',
  goodSoft: '#15301f',
  warn: '#e2b354',
  warnSoft: '#34290f',
  bad: '#f2938b',
  badSoft: '#3c1e1b',
  onBad: '#2a0d0a',
  shadow: '0 8px 28px rgb(0 0 0 / 55%)',
}

/** Latin first, then the Chinese face of each system. */
export const FONT =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, "PingFang SC", ' +
  '"Hiragino Sans GB", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", ' +
  '"Source Han Sans SC", sans-serif'

/** `accentSoft` becomes `--accent-soft`. */
export function variableName(token: string): string {
  return `--${token.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
