const WAY_OUT = 'export the table as CSV UTF-8'

/** By their first characters, as Latin-1 shows them. */
const FORMATS: readonly (readonly [RegExp, string])[] = [
  [/^PK\u0003\u0004/, `it is an Excel workbook or a zip archive: ${WAY_OUT}, or unpack it`],
  [/^\u00D0\u00CF\u0011\u00E0/, `it is an old Excel workbook: ${WAY_OUT}`],
  [/^%PDF-/, `it is a PDF: ${WAY_OUT}`],
  [/^(?:\u2030|\u0089|\uFFFD)PNG|^\u00FF\u00D8\u00FF|^GIF8/, `it is an image: ${WAY_OUT}`],
]

/** No text has them, save for NUL in UTF-16, and the characters that end old files and pages. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the point of it
const CONTROLS = /[\u0001-\u0008\u000E-\u0019\u001C-\u001F\u007F\u0080-\u009F\uFFFD]/g
const LOOKED_AT = 4096
/** Of random bytes a tenth and more are control characters. */
const MOST_CONTROLS = 0.03

/** @returns what is wrong with the start of a file that no encoding makes a text; undefined for text */
export function binaryProblem(start: string): string | undefined {
  const known = FORMATS.find(([signature]) => signature.test(start))
  if (known) return known[1]
  const looked = start.slice(0, LOOKED_AT)
  const controls = looked.match(CONTROLS)?.length ?? 0
  return controls >= 2 && controls > looked.length * MOST_CONTROLS ? `${WAY_OUT}` : undefined
}
