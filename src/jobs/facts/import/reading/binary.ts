const WAY_OUT = 'export the table as CSV UTF-8'
const IMAGE = `it is an image: ${WAY_OUT}`

/** By their first characters, in any of the encodings that a file may have been read with. */
const FORMATS: readonly (readonly [string, string])[] = [
  ['PK\u0003\u0004', `it is an Excel workbook or a zip archive: ${WAY_OUT}, or unpack it`],
  ['\u00D0\u00CF\u0011\u00E0', `it is an old Excel workbook: ${WAY_OUT}`],
  ['%PDF-', `it is a PDF: ${WAY_OUT}`],
  ['\u0089PNG', IMAGE],
  ['\u2030PNG', IMAGE],
  ['\uFFFDPNG', IMAGE],
  ['\u00FF\u00D8\u00FF', IMAGE],
  ['GIF8', IMAGE],
]

const LOOKED_AT = 4096
/** Of random bytes a tenth and more are control characters. */
const MOST_CONTROLS = 0.03
/** What ends old files, and begins escape sequences of terminals. */
const END_OF_FILE = 0x1a
const ESCAPE = 0x1b

/** @returns what is wrong with the start of a file that no encoding makes a text; undefined for text */
export function binaryProblem(start: string): string | undefined {
  const known = FORMATS.find(([signature]) => start.startsWith(signature))
  if (known) return known[1]
  const looked = [...start.slice(0, LOOKED_AT)]
  const controls = looked.filter(isControl).length
  return controls >= 2 && controls > looked.length * MOST_CONTROLS ? WAY_OUT : undefined
}

/** One that no text has. NUL is in texts of UTF-16, whose message is another. */
function isControl(character: string): boolean {
  const code = character.charCodeAt(0)
  if (code === END_OF_FILE || code === ESCAPE) return false
  return (code >= 1 && code <= 8) || (code >= 0x0e && code < 0x20) || (code >= 0x7f && code <= 0x9f)
}
