import { Chat } from './chat'
import { el, icon } from './dom'
import { Files, newUpload, type Upload } from './files'
import { Asked } from './form'
import { Lines } from './lines'
import type { Memory } from './memory'
import style from './style.css?inline'
import talk from './talk.css?inline'
import type { Message, Site } from './wire'
import { filled, type Language, type Words, wordsOf } from './words'

export interface Given {
  base: string
  site: Site
  language: Language
  memory: Memory
  theme: string
}

/** The button in the corner and the window that it opens, in a shadow root of their own. */
export class Widget {
  private readonly words: Words
  private readonly own: Record<string, string>
  private readonly host = el('div', { 'data-hotline-chat': true })
  private readonly chat: Chat
  private readonly files: Files
  private readonly lines: Lines
  private readonly launcher: HTMLButtonElement
  private readonly badge = el('span', { class: 'badge', hidden: true })
  private readonly announced = el('div', { class: 'hidden', role: 'status', 'aria-live': 'polite' })
  private readonly panel: HTMLElement
  private readonly status = el('p', { class: 'status', 'data-test': 'status' })
  private readonly notice = el('p', { class: 'notice', role: 'status', hidden: true, 'data-test': 'notice' })
  private readonly typing = el('div', { class: 'typing', 'data-test': 'typing' })
  private readonly text: HTMLTextAreaElement
  private readonly composer: HTMLFormElement
  private readonly endButton: HTMLButtonElement
  private readonly sure: HTMLElement
  private readonly asked: Asked | null
  private answers: Record<string, string> | undefined
  private isAsking: boolean
  private isShown = false
  private unread = 0
  private failed: Upload[] = []
  private problem = ''

  constructor(private readonly given: Given) {
    const { site, language, memory } = given
    this.words = wordsOf(language)
    this.own = site.texts[language] ?? {}
    this.chat = new Chat(`${given.base.replace(/^http/, 'ws')}/socket`, memory, language, (news) => this.changed(news))
    this.chat.open = site.open
    this.files = new Files(given.base, language, () => this.chat.token)
    this.lines = new Lines(this.words, language, (file) => this.files.fetch(file))
    this.isAsking = site.form.length > 0 && !memory.token
    this.asked = this.isAsking ? new Asked(site.form, this.words, this.greeting, (answers) => this.answered(answers)) : null
    this.text = el('textarea', { rows: '1', maxlength: String(site.longest_text), placeholder: this.words.write, 'aria-label': this.words.write,
      'data-test': 'text', input: () => this.typed(), keydown: (event) => this.pressed(event as KeyboardEvent) })
    this.composer = this.makeComposer()
    this.endButton = el('button', { type: 'button', class: 'tool', hidden: true, 'data-test': 'end', click: () => this.ask(true) }, this.words.end)
    this.sure = el('div', { class: 'sure', role: 'group', 'aria-label': this.words.endSure, hidden: true }, el('span', {}, this.words.endSure),
      el('button', { type: 'button', class: 'plain', 'data-test': 'end-yes', click: () => this.end() }, this.words.yes),
      el('button', { type: 'button', class: 'plain', click: () => this.ask(false) }, this.words.no))
    this.panel = this.makePanel()
    this.launcher = el('button', { type: 'button', class: 'launcher', 'aria-label': this.words.open, 'aria-expanded': 'false',
      'data-test': 'launcher', click: () => this.show(true) }, icon('chat'), this.badge)
    this.mount()
  }

  /** Open or close the window; the focus goes where it is needed. */
  show(isShown: boolean): void {
    this.isShown = this.given.memory.isOpen = isShown
    this.panel.hidden = !isShown
    this.launcher.hidden = isShown
    this.launcher.setAttribute('aria-expanded', String(isShown))
    if (!isShown) return this.launcher.focus()
    this.chat.connect()
    this.changed(null)
    if (this.isAsking) this.asked?.focus()
    else this.text.focus()
  }

  remove(): void {
    this.chat.destroy()
    this.host.remove()
    window.removeEventListener('focus', this.looked)
  }

  private get greeting(): string {
    return this.given.site.open ? (this.own.greeting ?? this.words.greeting) : (this.own.offline ?? this.words.offline)
  }

  private mount(): void {
    const root = this.host.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style + talk)
    root.adoptedStyleSheets = [sheet]
    this.host.lang = this.given.language
    if (this.given.theme) this.host.dataset.theme = this.given.theme
    root.append(el('div', { class: 'root' }, this.launcher, this.panel, this.announced))
    document.body.append(this.host)
    this.lines.greet(this.greeting)
    this.text.value = this.given.memory.draft
    window.addEventListener('focus', this.looked)
    this.panel.hidden = true
    if (this.given.memory.isOpen && window.innerWidth > 480) this.show(true)
    else if (this.given.memory.token) this.chat.connect()
  }

  private makePanel(): HTMLElement {
    const title = el('h2', { id: 'title' }, this.own.title ?? (this.given.site.name || this.words.title))
    const panel = el('section', { class: 'panel', role: 'dialog', 'aria-labelledby': 'title', 'data-test': 'panel' },
      el('header', {}, el('div', {}, title, this.status), this.endButton,
        el('button', { type: 'button', class: 'tool', 'aria-label': this.words.close, 'data-test': 'close', click: () => this.show(false) }, icon('down'))),
      this.notice, this.sure, ...(this.asked ? [this.asked.form] : []), this.lines.box, this.typing, this.composer)
    panel.addEventListener('keydown', (event) => {
      event.stopPropagation() // the page's own keys are not meant
      if (event.key === 'Escape') this.show(false)
    })
    return panel
  }

  private makeComposer(): HTMLFormElement {
    const picker = el('input', { type: 'file', hidden: true, 'data-test': 'file', accept: 'image/png,image/jpeg,image/gif,image/webp,application/pdf,text/plain',
      change: () => {
        if (picker.files?.[0]) void this.upload(newUpload(picker.files[0]))
        picker.value = ''
      } })
    return el('form', { class: 'composer', submit: (event) => this.submitted(event) },
      el('button', { type: 'button', class: 'tool', 'aria-label': this.words.attach, click: () => picker.click() }, icon('clip')), picker,
      this.text, el('button', { type: 'submit', class: 'send', 'aria-label': this.words.send, 'data-test': 'send' }, icon('send')))
  }

  private submitted(event: Event): void {
    event.preventDefault()
    const body = this.text.value.replace(/[^\P{Cc}\n\t]/gu, '').trim()
    if (!body) return
    this.chat.say(body, this.answers)
    this.answers = undefined
    this.text.value = this.given.memory.draft = ''
    this.grow()
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    this.composer.requestSubmit()
  }

  private typed(): void {
    this.given.memory.draft = this.text.value
    this.chat.connect()
    this.chat.type()
    this.grow()
  }

  private grow(): void {
    this.text.style.height = 'auto'
    this.text.style.height = `${this.text.scrollHeight + 2}px`
  }

  private answered(answers: Record<string, string>): void {
    this.answers = answers
    this.isAsking = false
    this.changed(null)
    this.text.focus()
  }

  private async upload(upload: Upload): Promise<void> {
    if (upload.file.size > this.given.site.largest_file_bytes) upload.code = 'file.too_large'
    else if (await this.files.send(upload)) {
      this.failed = this.failed.filter((each) => each !== upload)
      this.problem = ''
      return this.changed(null)
    }
    const retry = ['network', 'chat.too_many', '503', 'part.unavailable'].includes(upload.code)
    const reason = { 'file.too_large': this.words.fileLarge, 'file.kind': this.words.fileKind, '413': this.words.fileLarge }[upload.code] ?? ''
    this.problem = `${filled(this.words.fileFailed, { name: upload.file.name })} ${reason}`
    if (retry && !this.failed.includes(upload)) this.failed.push(upload)
    this.changed(null)
  }

  private ask(isAsking: boolean): void {
    this.sure.hidden = !isAsking
    if (isAsking) this.sure.querySelector('button')?.focus()
    else this.endButton.focus()
  }

  private end(): void {
    this.chat.leave()
    this.sure.hidden = true
    this.text.focus()
  }

  private readonly looked = (): void => this.changed(null)

  private changed(news: Message | null): void {
    if (!this.panel) return
    const { chat } = this
    if (chat.messages.length || chat.pending.length) this.isAsking = false
    this.lines.update(chat)
    if (this.asked) this.asked.form.hidden = !this.isAsking
    for (const part of [this.lines.box, this.typing, this.composer]) part.hidden = this.isAsking
    const seen = this.isShown && document.visibilityState === 'visible' && document.hasFocus()
    if (seen) {
      this.unread = 0
      chat.markRead()
    } else if (news && news.author !== 'customer') this.announce(news)
    this.badge.hidden = this.unread === 0
    this.badge.textContent = String(Math.min(this.unread, 99))
    this.launcher.setAttribute('aria-label', this.unread ? `${this.words.open} (${filled(this.words.unread, { count: this.unread })})` : this.words.open)
    this.status.textContent = this.statusText()
    this.typing.replaceChildren(...(chat.typing ? [el('span', { class: 'dots' }, filled(this.words.typing, { agent: chat.typing.trim() || this.words.agent }))] : []))
    this.endButton.hidden = chat.phase !== 'waiting' && chat.phase !== 'active'
    this.tell()
  }

  private announce(news: Message): void {
    this.unread += 1
    this.announced.textContent = filled(this.words.newMessage, { agent: news.name || this.words.agent, text: news.body })
  }

  private statusText(): string {
    const { chat, words } = this
    if (chat.line === 'connecting') return words.connecting
    if (chat.phase === 'active') return filled(words.active, { agent: chat.agent || words.agent })
    if (chat.phase === 'ended') return words.ended
    if (chat.phase === 'none') return ''
    if (!chat.open) return this.own.offline ?? words.offline
    const place = chat.place
    if (!place) return words.waiting
    if (place.high_seconds <= 0) return filled(words.place, { position: place.position })
    if (place.high_seconds < 60) return filled(words.placeShort, { position: place.position })
    return filled(words.placeWait, { position: place.position, low: Math.floor(place.low_seconds / 60), high: Math.ceil(place.high_seconds / 60) })
  }

  private tell(): void {
    const { chat, words } = this
    let text = this.problem
    if (chat.line === 'lost') text = words.lost
    else if (chat.line === 'crowded') text = words.elsewhere
    else if (chat.refusal === 'chat.too_many') text = words.tooMany
    if (this.notice.textContent !== text) this.notice.textContent = text
    if (this.failed.length && text === this.problem) {
      this.notice.append(' ', el('button', { type: 'button', class: 'plain', click: () => this.failed.forEach((each) => void this.upload(each)) }, words.retry))
    }
    this.notice.hidden = !text
  }
}
