import { dark, FONT, light, variableName } from './tokens'

export type ThemeChoice = 'system' | 'light' | 'dark'
export type ThemeName = 'light' | 'dark'

/** The theme to draw for a choice, given what the system prefers. */
export function resolveTheme(choice: ThemeChoice, systemIsDark: boolean): ThemeName {
  if (choice === 'system') return systemIsDark ? 'dark' : 'light'
  return choice
}

/** Put the palette of a theme on the page as custom properties. */
export function paint(theme: ThemeName, root: HTMLElement = document.documentElement): void {
  for (const [token, value] of Object.entries(theme === 'dark' ? dark : light)) {
    root.style.setProperty(variableName(token), value as string)
  }
  root.style.setProperty('--font', FONT)
  root.dataset.theme = theme
  root.style.colorScheme = theme
}
