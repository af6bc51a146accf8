import type { Chat } from './chat'
import { el } from './dom'
import type { Unsent } from './memory'
import type { ChatFile, Message } from './wire'
import { filled, type Language, type Words } from './words'

const DRAWN = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']

export type Fetch = (file: ChatFile) => Promise<Blob>

/** The messages of a window, drawn as they come; nothing of a message is ever taken for markup. */
export class Lines {
  readonly box: HTMLElement
  private drawn = 0
  private readonly waiting = new Map<string, HTMLElement>()
  private receipt: HTMLElement | null = null

  constructor(
    private readonly words: Words,
    private readonly language: Language,
    private readonly fetchFile: Fetch,
  ) {
    this.box = el('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': words.conversation, tabindex: '0' })
  }

  /** Bring the window up to what the chat knows. */
  update(chat: Chat): void {
    const atEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 80
    const before = this.box.childElementCount
    if (chat.newest < this.drawn) this.clear()
    for (const message of chat.messages) if (message.seq > this.drawn) this.draw(message)
    this.drawPending(chat.pending)
    this.drawReceipt(chat)
    if (atEnd || this.box.childElementCount > before) this.box.scrollTop = this.box.scrollHeight
  }

  /** Words of ours that are no message. */
  greet(text: string): void {
    this.box.prepend(el('div', { class: 'message agent' }, el('p', { class: 'bubble' }, text)))
  }

  private clear(): void {
    this.box.replaceChildren()
    this.waiting.clear()
    this.drawn = 0
  }

  private draw(message: Message): void {
    this.drawn = message.seq
    if (message.id) {
      this.waiting.get(message.id)?.remove()
      this.waiting.delete(message.id)
    }
    const mine = message.author === 'customer'
    const who = mine ? this.words.you : message.author === 'agent' ? message.name || this.words.agent : ''
    const line = el('div', { class: `message ${mine ? 'mine' : message.author}`, 'data-seq': String(message.seq) })
    if (who) line.append(el('span', { class: 'hidden' }, `${who}: `))
    if (message.body) line.append(el('p', { class: 'bubble' }, message.body))
    for (const file of message.files) line.append(this.file(file))
    if (message.author !== 'system') line.append(el('span', { class: 'meta' }, mine ? this.time(message.at) : `${who} · ${this.time(message.at)}`))
    const firstWaiting = this.waiting.values().next().value
    if (firstWaiting) firstWaiting.before(line)
    else this.box.append(line)
  }

  private drawPending(pending: Unsent[]): void {
    for (const message of pending) {
      if (this.waiting.has(message.id)) continue
      const line = el('div', { class: 'message mine', 'data-unsent': message.id },
        el('p', { class: 'bubble' }, message.body), el('span', { class: 'meta' }, this.words.sending))
      this.waiting.set(message.id, line)
      this.box.append(line)
    }
    const still = new Set(pending.map((message) => message.id))
    for (const [id, line] of this.waiting) {
      if (still.has(id)) continue
      line.remove()
      this.waiting.delete(id)
    }
  }

  /** “Read” under the newest of ours that the agent has seen. */
  private drawReceipt(chat: Chat): void {
    const read = chat.messages.filter((message) => message.author === 'customer' && message.seq <= chat.agentRead).at(-1)
    const line = read ? this.box.querySelector<HTMLElement>(`[data-seq="${read.seq}"] .meta`) : null
    if (line === this.receipt) return
    this.receipt?.querySelector('.read')?.remove()
    line?.append(el('span', { class: 'read' }, ` · ${this.words.read}`))
    this.receipt = line
  }

  private file(file: ChatFile): HTMLElement {
    if (file.refused) return el('span', { class: 'file' }, file.name)
    const button = el('button', { type: 'button', class: 'file', 'aria-label': filled(this.words.download, { name: file.name }),
      click: () => void this.save(file) }, file.name)
    if (DRAWN.includes(file.content_type) && (file.size ?? 0) < 2_000_000) void this.picture(file, button)
    return button
  }

  private async picture(file: ChatFile, button: HTMLElement): Promise<void> {
    try {
      const image = el('img', { alt: '', src: URL.createObjectURL(await this.fetchFile(file)) })
      image.onerror = () => image.remove()
      button.prepend(image)
    } catch {
      // the name is there to try again
    }
  }

  private async save(file: ChatFile): Promise<void> {
    try {
      const url = URL.createObjectURL(await this.fetchFile(file))
      el('a', { href: url, download: file.name }).click()
      window.setTimeout(() => URL.revokeObjectURL(url), 60_000)
    } catch {
      // without a line there is nothing to save
    }
  }

  private time(at: string): string {
    return new Intl.DateTimeFormat(this.language, { hour: '2-digit', minute: '2-digit' }).format(new Date(at))
  }
}
