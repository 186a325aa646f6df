/**
 * What nobody can see in a cell: zero-width characters, soft hyphens, byte order marks, bidi marks, variation selectors
 * (Unicode: default ignorable), control characters. NUL is none of them: it is refused by name.
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]|(?![\0\t-\r])\p{Cc}/gu
/** A no-break space, a tab, a line end: a space, as far as anybody can see. */
const SPACE = /[\p{Zs}\t\n\v\f\r\u2028\u2029\u2800]/gu

/**
 * The text as it is seen: without what is invisible, every space a plain one, composed (Unicode NFC), without space around
 * it. Nearly every cell is visible ASCII and is answered at once.
 */
export function visibleText(text: string): string {
  if (isVisibleAscii(text)) return text.trim()
  return text.replace(INVISIBLE, '').replace(SPACE, ' ').normalize('NFC').trim()
}

/** Whether there is nothing to see. Nearly every text begins with something that is seen, and is answered at once. */
export function isInvisible(text: string): boolean {
  const first = text.charCodeAt(0)
  return !(first > 32 && first <= 126) && visibleText(text) === ''
}

/** Only printable characters of ASCII. */
export function isVisibleAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 32 || code > 126) return false
  }
  return true
}
