/** Text that is HTML already. Everything else is escaped where it enters a template. */
export interface Html {
  readonly html: string
}

export type Content = Html | string | number | null | readonly Content[]

/** `html\`<p>${text}</p>\`` with every value escaped unless it is `Html`; arrays are joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return { html: strings.reduce((text, part, index) => `${text}${toHtml(values[index - 1] ?? null)}${part}`) }
}

export function toHtml(content: Content): string {
  if (content === null) return ''
  if (typeof content === 'string') return escapeHtml(content)
  if (typeof content === 'number') return String(content)
  return 'html' in content ? content.html : content.map(toHtml).join('')
}

/** Only for text that this program made itself. */
export function trusted(text: string): Html {
  return { html: text }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
}
