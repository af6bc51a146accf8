import { Memory } from './memory'
import { Widget } from './widget'
import type { Site } from './wire'
import { languageOf } from './words'

declare global {
  interface Window {
    hotlineChat?: { open(): void; close(): void; remove(): void }
  }
}

/** The script tag says where the server is (its own address) and which widget this is (`data-key`). */
async function start(tag: HTMLScriptElement): Promise<void> {
  const key = tag.dataset.key ?? ''
  const server = new URL(tag.src).origin
  const base = `${server}/api/chat/${encodeURIComponent(key)}`
  const answer = await fetch(base, { credentials: 'omit' })
  // eslint-disable-next-line no-console -- the only word that whoever sets up a site gets
  if (!answer.ok) return console.warn(`Hotline chat: ${answer.status}. Is this site in the list of origins of “${key}”?`)
  const site = (await answer.json()) as Site
  const language = languageOf(document.documentElement.lang || site.language || navigator.language, tag.dataset.language)
  const widget = new Widget({ base, site, language, memory: new Memory(server, key), theme: tag.dataset.theme ?? '' })
  window.hotlineChat = {
    open: () => widget.show(true),
    close: () => widget.show(false),
    remove: () => {
      widget.remove()
      delete window.hotlineChat
    },
  }
}

const tag = document.currentScript
if (tag instanceof HTMLScriptElement && !window.hotlineChat) start(tag).catch(() => undefined)
