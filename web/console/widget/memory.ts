/** What the browser keeps over a reload: who we are, and what is not known to have arrived. */
export interface Unsent {
  id: string
  body: string
  /** When it was written; the order in which it is sent. */
  at: number
  form?: Record<string, string>
}

/** The browser's store, or one that lasts as long as the page where the browser gives none. */
export function openStore(): Storage | Map<string, string> {
  try {
    const probe = 'hotline.chat.probe'
    localStorage.setItem(probe, '1')
    localStorage.removeItem(probe)
    return localStorage
  } catch {
    return new Map()
  }
}

export class Memory {
  private readonly prefix: string

  constructor(server: string, key: string, private readonly store: Storage | Map<string, string> = openStore()) {
    this.prefix = `hotline.chat.${server}.${key}.`
  }

  get token(): string | null {
    return this.get('token')
  }

  /** Keep a token unless another tab was quicker; the one that holds from now on. */
  settleToken(token: string): string {
    const known = this.token
    if (known) return known
    this.put('token', token)
    return token
  }

  get isOpen(): boolean {
    return this.get('open') === '1'
  }

  set isOpen(open: boolean) {
    this.put('open', open ? '1' : '0')
  }

  get draft(): string {
    return this.get('draft') ?? ''
  }

  set draft(text: string) {
    this.put('draft', text)
  }

  /** Each under a name of its own, so that two tabs never overwrite one another's. */
  keep(message: Unsent): void {
    this.put(`out.${message.id}`, JSON.stringify(message))
  }

  forget(id: string): void {
    this.remove(`out.${id}`)
  }

  unsent(): Unsent[] {
    const found: Unsent[] = []
    for (const name of this.names()) {
      if (!name.startsWith(`${this.prefix}out.`)) continue
      try {
        const message = JSON.parse(this.read(name) ?? '') as Unsent
        if (message.id && typeof message.body === 'string') found.push(message)
      } catch {
        this.remove(name.slice(this.prefix.length))
      }
    }
    return found.sort((one, other) => one.at - other.at)
  }

  isTokenKey(name: string | null): boolean {
    return name === `${this.prefix}token`
  }

  private names(): string[] {
    if (this.store instanceof Map) return [...this.store.keys()]
    return Array.from({ length: this.store.length }, (_, place) => (this.store as Storage).key(place) ?? '')
  }

  private read(name: string): string | null {
    return this.store instanceof Map ? (this.store.get(name) ?? null) : this.store.getItem(name)
  }

  private get(name: string): string | null {
    return this.read(this.prefix + name)
  }

  private put(name: string, value: string): void {
    try {
      if (this.store instanceof Map) this.store.set(this.prefix + name, value)
      else this.store.setItem(this.prefix + name, value)
    } catch {
      // a full store: what is unsent lives as long as the page
    }
  }

  private remove(name: string): void {
    if (this.store instanceof Map) this.store.delete(this.prefix + name)
    else this.store.removeItem(this.prefix + name)
  }
}

/** A random id that works without a secure context too. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
