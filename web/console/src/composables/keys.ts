import { onBeforeUnmount, onMounted } from 'vue'

/** A key by name: `m`, `Enter`, `?`; with `mod+` before it for Ctrl or the Mac's command key. */
export type KeyMap = Record<string, (event: KeyboardEvent) => void>

const EDITABLE = 'input, textarea, select, [contenteditable="true"]'
const OWN_KEYS = `${EDITABLE}, button, a, [role="menu"], [role="listbox"]`
let editedAt = 0

if (typeof window !== 'undefined') {
  window.addEventListener('keydown', (event) => isEditable(event.target) && (editedAt = Date.now()), true)
}

export function isEditable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(EDITABLE) !== null
}

/** Milliseconds since the last key that went into a field: guards keys that would be costly by mistake. */
export function sinceTyping(): number {
  return Date.now() - editedAt
}

/** True while a dialog has the keyboard. */
export function dialogIsOpen(): boolean {
  return document.querySelector('dialog[open], [role="menu"]') !== null
}

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** How a key is written for the person: `⌘K` or `Ctrl+K`. */
export function keyName(key: string): string {
  const names: Record<string, string> = { Enter: '↵', Backspace: '⌫', Escape: 'Esc', ArrowDown: '↓', ArrowUp: '↑' }
  const [plain, mod] = key.startsWith('mod+') ? [key.slice(4), true] : [key, false]
  const shown = names[plain] ?? (plain.length === 1 ? plain.toUpperCase() : plain)
  if (!mod) return shown
  return isMac ? `⌘${shown}` : `Ctrl+${shown}`
}

/** Which entry of a key map an event means, if any. Plain keys do nothing inside fields; Enter not on buttons. */
export function matchKey(event: KeyboardEvent, map: KeyMap): string | null {
  const mod = event.ctrlKey || event.metaKey
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const name = mod ? `mod+${key}` : key
  if (event.altKey || event.isComposing || event.repeat || !(name in map)) return null
  if (mod) return name
  if (isEditable(event.target) || dialogIsOpen()) return null
  if ((key === 'Enter' || key === ' ') && event.target instanceof Element && event.target.closest(OWN_KEYS)) return null
  return name
}

/** Listen for keys while this component is on the page. */
export function useKeys(map: KeyMap): void {
  const onKey = (event: KeyboardEvent): void => {
    const name = matchKey(event, map)
    if (!name || event.defaultPrevented) return
    event.preventDefault()
    map[name]?.(event)
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
