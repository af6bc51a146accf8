import { newId } from './memory'
import type { ChatFile } from './wire'

/** A file on its way; `code` says why it did not go. */
export interface Upload {
  id: string
  file: File
  code: string
}

/** Files to and from the server; the token goes in a header, never in an address. */
export class Files {
  constructor(
    private readonly base: string,
    private readonly language: string,
    private readonly token: () => string | null,
  ) {}

  async send(upload: Upload): Promise<boolean> {
    const query = new URLSearchParams({ id: upload.id, name: upload.file.name.slice(0, 200), language: this.language })
    try {
      const answer = await fetch(`${this.base}/files?${query}`, {
        method: 'POST', body: upload.file, credentials: 'omit',
        headers: { ...this.mine(), 'Content-Type': 'application/octet-stream' },
      })
      upload.code = answer.ok ? '' : String(((await answer.json().catch(() => ({}))) as { code?: string }).code ?? answer.status)
    } catch {
      upload.code = 'network'
    }
    return upload.code === ''
  }

  async fetch(file: ChatFile): Promise<Blob> {
    const answer = await fetch(`${this.base}/files/${file.id}`, { headers: this.mine(), credentials: 'omit' })
    if (!answer.ok) throw new Error(String(answer.status))
    return answer.blob()
  }

  private mine(): Record<string, string> {
    return { Authorization: `Bearer ${this.token() ?? ''}` }
  }
}

export function newUpload(file: File): Upload {
  return { id: newId(), file, code: '' }
}
