import { el } from './dom'
import type { FormField } from './wire'
import type { Words } from './words'

/** The questions before the chat, or before leaving a message when nobody is there. */
export class Asked {
  readonly form: HTMLFormElement
  private readonly inputs = new Map<string, HTMLInputElement | HTMLSelectElement>()

  constructor(
    private readonly fields: FormField[],
    private readonly words: Words,
    text: string,
    done: (answers: Record<string, string>) => void,
  ) {
    this.form = el('form', {
      class: 'asked', novalidate: true,
      submit: (event) => {
        event.preventDefault()
        if (this.check()) done(this.answers())
      },
    }, el('p', {}, text), ...fields.map((field) => this.row(field)), el('button', { type: 'submit', class: 'primary' }, words.start))
  }

  focus(): void {
    this.form.querySelector<HTMLElement>('input, select, button')?.focus()
  }

  private row(field: FormField): HTMLElement {
    const id = `asked-${field.name}`
    const common = { id, name: field.name, 'aria-required': String(field.required), maxlength: '200' }
    const input = field.options.length
      ? el('select', common, el('option', { value: '' }, this.words.choose), ...field.options.map((one) => el('option', { value: one }, one)))
      : el('input', { ...common, type: field.name === 'email' ? 'email' : 'text', autocomplete: { name: 'name', email: 'email', topic: 'off' }[field.name] })
    this.inputs.set(field.name, input)
    return el('div', {},
      el('label', { for: id }, this.words[field.name], field.required ? null : el('small', {}, ` (${this.words.optional})`)),
      input, el('p', { class: 'wrong', id: `${id}-wrong`, role: 'alert', hidden: true }, this.words.missing))
  }

  private check(): boolean {
    let first: HTMLElement | null = null
    for (const field of this.fields) {
      const input = this.inputs.get(field.name)!
      const wrong = (field.required && !input.value.trim()) || !input.checkValidity()
      input.setAttribute('aria-invalid', String(wrong))
      const said = this.form.querySelector<HTMLElement>(`#asked-${field.name}-wrong`)!
      said.hidden = !wrong
      if (wrong) input.setAttribute('aria-describedby', said.id)
      if (wrong) first ??= input
    }
    first?.focus()
    return first === null
  }

  private answers(): Record<string, string> {
    return Object.fromEntries([...this.inputs].map(([name, input]) => [name, input.value.trim()]).filter(([, value]) => value))
  }
}
