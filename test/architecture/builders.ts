/** Methods that send a kysely statement, or pass it on to code that sends it. */
const ENDS = /\.(execute\w*|compile|stream|as|toOperationNode)\s*\(/
const STARTS =
  /^(?:await\s+)?\(?(?:await\s+)?(?:\w+\.)*(?:db|trx|transaction|tx)\s*\.\s*(?:schema\b|with\w*\(|selectFrom\(|insertInto\(|updateTable\(|deleteFrom\(|replaceInto\(|mergeInto\()/

export interface LostBuilder {
  readonly line: number
  readonly text: string
}

/**
 * Statements that begin with a kysely builder (`db.insertInto(...)`, `await trx.schema...`) and never reach an `execute`:
 * they do nothing and say nothing. A builder that is assigned, returned or handed to a function is somebody else's to
 * execute, and those in callbacks are part of a larger one.
 */
export function findLostBuilders(source: string): readonly LostBuilder[] {
  const code = blankOut(source)
  return statements(code)
    .filter(({ start, text }) => STARTS.test(text) && !ENDS.test(topLevel(text)) && startsStatement(code, start))
    .map(({ start, text }) => ({
      line: code.slice(0, start).split('\n').length,
      text: text.split('\n')[0] ?? '',
    }))
}

/** Replaces comments and the insides of strings by spaces, so that only code is left. Line numbers stay. */
function blankOut(source: string): string {
  return source.replaceAll(
    /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g,
    (match) => match.replaceAll(/[^\n]/g, ' '),
  )
}

/** Each line that begins outside of every round and square bracket, joined with the lines that carry it on. */
function statements(code: string): readonly { start: number; text: string }[] {
  const found: { start: number; text: string }[] = []
  let offset = 0
  for (const line of code.split('\n')) {
    const indent = line.length - line.trimStart().length
    const start = offset + indent
    offset += line.length + 1
    if (/^(?:await\s|\(?\s*(?:\w+\.)*(?:db|trx|transaction|tx)\b)/.test(line.trimStart())) {
      found.push({ start, text: wholeExpression(code, start) })
    }
  }
  return found
}

/** From `start` to where the expression ends: a line end outside brackets that no `.` on the next line carries on. */
function wholeExpression(code: string, start: number): string {
  let depth = 0
  for (let at = start; at < code.length; at += 1) {
    const letter = code.charAt(at)
    if ('([{'.includes(letter)) depth += 1
    if (')]}'.includes(letter)) depth -= 1
    if (depth < 0 || (depth === 0 && ';,'.includes(letter))) return code.slice(start, at)
    if (depth === 0 && letter === '\n' && !/^\s*(?:\?\.|\.)/.test(code.slice(at))) return code.slice(start, at)
  }
  return code.slice(start)
}

/** The expression without the contents of its brackets, so that a subquery's `execute` does not count for it. */
function topLevel(text: string): string {
  let depth = 0
  let kept = ''
  for (const letter of text) {
    if (letter === ')') depth -= 1
    if (depth === 0 || (depth === 1 && letter === '(')) kept += letter
    if (letter === '(') depth += 1
  }
  return kept
}

/** Whether what stands before is the end of something: not `return`, `=`, `=>`, `(`, `,`, `?` or `:` on the line above. */
function startsStatement(code: string, start: number): boolean {
  const before = code.slice(0, start).trimEnd()
  return !/(?:=>?|[(,?:&|[+]|\breturn|\bawait|\byield)$/.test(before)
}
