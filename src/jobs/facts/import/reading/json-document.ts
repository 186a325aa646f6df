import { endOfString } from '../../../../core/base/json-shape.ts'
import { AppError } from '../../../../errors.ts'
import type { RecordParser } from '../records.ts'

export const MOST_DOCUMENT_CHARACTERS = 64 * 1024 * 1024

/** Under which key HubSpot, Salesforce, Dynamics and others answer with rows, and what else stands in their answers. */
const LISTS = new Set(['results', 'records', 'value', 'data', 'items'])
const BESIDE =
  /^(?:@odata\..*|paging|pagination|meta|metadata|links|total|totalSize|total_count|count|done|nextRecordsUrl|has_?more|offset|next|previous|cursor|status|success|errors)$/i

export interface Piece {
  readonly text: string
  /** The physical line on which it begins. */
  readonly line: number
}

/** Hands over the rows of a JSON document, a list of objects or an API's answer that holds one, each as its text. */
export function createJsonDocumentParser(path: string, onPiece: (piece: Piece) => void): RecordParser {
  const texts: string[] = []
  let length = 0
  return {
    write: (text) => {
      texts.push(text)
      length += text.length
      if (length <= MOST_DOCUMENT_CHARACTERS) return
      const most = `${MOST_DOCUMENT_CHARACTERS / 1_048_576} MiB`
      throw new AppError('ImportRefused', `${path} is one JSON document of more than ${most}: write one object a line`)
    },
    end: () => {
      const text = texts.join('')
      const lineAt = lineCounter(text)
      let from = 0
      for (let start = nextText(text, 0); start !== -1; start = nextText(text, from)) {
        const end = endOfContainer(text, start)
        if (end === -1)
          throw new AppError(
            'ImportRefused',
            `${path} is not complete JSON: expected a list of objects, or one object a line`,
          )
        for (const piece of rowsOf(text, start, end, lineAt)) onPiece(piece)
        from = end + 1
      }
    },
  }
}

/** Whether a text begins with an API's answer, or with an object on several lines. */
export function beginsDocument(start: string): boolean {
  const text = start.trimStart()
  const [firstLine = ''] = text.split(/[\r\n]/, 1)
  return text.startsWith('[') || /^\{$|[[{,:]\s*$/.test(firstLine) || ANSWER.test(text)
}

const ANSWER = /^\{\s*"(?:(?:results|records|value|data|items)"\s*:\s*\[|(?:@odata\.[^"]*|totalSize|paging)")/

/** The rows of an object that is an API's answer. */
export function rowsOfAnswer(object: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
  const lists = Object.keys(object).filter((key) => LISTS.has(key) && isListOfObjects(object[key]))
  const [list = ''] = lists
  const others = Object.keys(object).filter((key) => key !== list)
  return lists.length === 1 && others.every((key) => BESIDE.test(key)) ? (object[list] as unknown[]) : undefined
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every((member) => typeof member === 'object' && member !== null)
}

/** Where the list of an API's answer begins; undefined where the object is none. */
function listOfAnswer(text: string, start: number): number | undefined {
  let list: number | undefined
  for (const { from, to } of membersOf(text, start)) {
    const key = text.slice(from, to).search(/"/) + from
    const keyEnd = endOfString(text, key)
    const name = text.slice(key + 1, keyEnd)
    const value = text.indexOf(':', keyEnd) + 1
    const begin = value + text.slice(value, to).search(/\S/)
    if (
      list === undefined &&
      LISTS.has(name) &&
      text[begin] === '[' &&
      /^\[\s*[{\]]/.test(text.slice(begin, begin + 200))
    )
      list = begin
    else if (!BESIDE.test(name)) return undefined
  }
  return list
}

/** The members of the list at a place, and the lines on which they begin. */
function* piecesOf(text: string, start: number, lineAt: LineAt): Generator<Piece> {
  for (const { from, to } of membersOf(text, start)) {
    const begin = from + text.slice(from, to).search(/\S/)
    yield { text: text.slice(begin, to).trim(), line: lineAt(begin) }
  }
}

function rowsOf(text: string, start: number, end: number, lineAt: LineAt): Iterable<Piece> {
  const list = text[start] === '[' ? start : listOfAnswer(text, start)
  if (list !== undefined) return piecesOf(text, list, lineAt)
  return [{ text: text.slice(start, end + 1), line: lineAt(start) }]
}

interface Span {
  readonly from: number
  readonly to: number
}

/** The texts between the commas of the list or object at a place. */
function* membersOf(text: string, start: number): Generator<Span> {
  let level = 0
  let from = start + 1
  for (let at = start; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at)
    else if (character === '{' || character === '[') level += 1
    else if (character === ',' && level === 1) {
      yield { from, to: at }
      from = at + 1
    } else if (character === '}' || character === ']') {
      level -= 1
      if (level > 0) continue
      if (text.slice(from, at).trim() !== '') yield { from, to: at }
      return
    }
  }
}

function endOfContainer(text: string, start: number): number {
  let level = 0
  for (let at = start; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at)
    else if (character === '{' || character === '[') level += 1
    else if (character === '}' || character === ']') {
      level -= 1
      if (level === 0) return at
    }
  }
  return -1
}

type LineAt = (place: number) => number

/** The line on which a place stands. Counts on from the place before: asked in order, it reads the text once. */
function lineCounter(text: string): LineAt {
  let line = 1
  let next = text.indexOf('\n')
  return (place) => {
    for (; next !== -1 && next < place; next = text.indexOf('\n', next + 1)) line += 1
    return line
  }
}

function nextText(text: string, from: number): number {
  const found = text.slice(from).search(/\S/)
  return found === -1 ? -1 : from + found
}
