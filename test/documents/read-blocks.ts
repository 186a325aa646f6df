// The command lines of the documents: fenced `sh` and `console` blocks, and indented blocks.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.join(import.meta.dirname, '../..')

export interface DocumentedCommand {
  readonly file: string
  readonly line: number
  /** One line, without its comment. */
  readonly text: string
  /** The answer that the document shows below it. */
  readonly sample?: string
  /** Why the document says that it cannot be played. */
  readonly notPlayed?: string
}

interface NotPlayed {
  /** Undefined: the whole block. */
  readonly command: string | undefined
  readonly reason: string
  readonly line: number
}

const FENCE = /^```(\w*)\s*$/
const COMMAND = /^(?:npm |npx |node |curl |docker |python3? |\(umask |[A-Z_]+=\S+ (?:npm|node) )/
/** `<!-- not played: reason -->` before a block, or `<!-- not played: `command`: reason -->` for one of its commands. */
const NOT_PLAYED = /^<!-- not played: (?:`([^`]+)`: )?(\S.*?) -->$/

/** README first, as a reader would, then the documents by name. */
export function documents(): readonly string[] {
  const found = ['docs/*.md', 'examples/*/README.md', 'models/README.md'].flatMap((pattern) =>
    globSync(pattern, { cwd: ROOT }).map((file) => file.replaceAll('\\', '/')),
  )
  return ['README.md', ...found.toSorted()]
}

export function readDocument(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
}

/** @throws Error on a comment that names a command that its block does not have */
export function readCommands(file: string, text: string): readonly DocumentedCommand[] {
  const found: DocumentedCommand[] = []
  let comments: NotPlayed[] = []
  for (const block of blocksOf(text, (comment) => comments.push(comment))) {
    const commands = commandsOf(block)
    const used = new Set<NotPlayed>()
    for (const command of commands) {
      const comment = comments.find(({ command: named }) => named === undefined || named === command.text)
      if (comment) used.add(comment)
      found.push({ file, ...command, ...(comment && { notPlayed: comment.reason }) })
    }
    const stale = comments.find((comment) => !used.has(comment))
    if (stale && commands.length > 0)
      throw new Error(`${file}:${stale.line}: no command of the block below is ${stale.command ?? 'there'}`)
    if (commands.length > 0) comments = []
  }
  const [left] = comments
  if (left) throw new Error(`${file}:${left.line}: no block follows`)
  return found
}

interface Block {
  readonly line: number
  readonly language: string
  readonly lines: readonly string[]
}

function* blocksOf(text: string, onComment: (comment: NotPlayed) => void): Generator<Block> {
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const [, command, reason] = NOT_PLAYED.exec(line) ?? []
    if (reason !== undefined) onComment({ command, reason, line: at + 1 })
    const language = FENCE.exec(line)?.[1]
    const start = at + (language === undefined ? 0 : 1)
    const isInside =
      language === undefined ? (one: string) => one.startsWith('    ') : (one: string) => !one.startsWith('```')
    if (language === undefined && (!isInside(line) || (lines[at - 1] ?? '').trim() !== '')) continue
    let end = start
    while (end < lines.length && isInside(lines[end] ?? '')) end += 1
    yield { line: start + 1, language: language ?? 'indented', lines: lines.slice(start, end) }
    at = language === undefined ? end - 1 : end
  }
}

function commandsOf({ line, language, lines }: Block): readonly Omit<DocumentedCommand, 'file' | 'notPlayed'>[] {
  if (!['sh', 'console', 'indented'].includes(language)) return []
  const commands: { line: number; text: string; sample?: string }[] = []
  let open: { line: number; text: string } | undefined
  for (const [index, raw] of lines.entries()) {
    const text = raw.replace(/^ {4}/, '').replace(/^\$ /, '')
    if (open) open = { ...open, text: `${open.text} ${text.trim()}` }
    else if (language === 'console' ? raw.startsWith('$ ') : COMMAND.test(text) || (language === 'sh' && text !== ''))
      open = { line: line + index, text }
    const last = commands.at(-1)
    if (!open && last && language === 'console') last.sample = `${last.sample ?? ''}${raw}\n`
    if (!open) continue
    const { isOpen, command } = readLine(open.text)
    if (!isOpen && command !== '') commands.push({ line: open.line, text: command })
    open = isOpen ? { ...open, text: open.text.replace(/\\$/, '').trimEnd() } : undefined
  }
  return commands
}

/** A shell's quotes, comments and continued lines, as far as the documents use them. */
function readLine(text: string): { readonly isOpen: boolean; readonly command: string } {
  let quote: string | undefined
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (quote !== undefined) quote = character === quote ? undefined : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === '#' && /(?:^|\s)$/.test(text.slice(0, at)))
      return { isOpen: false, command: text.slice(0, at).trim() }
  }
  return { isOpen: quote !== undefined || text.endsWith('\\'), command: text.trim() }
}

/** Lines that look like a command, wherever they stand: what the blocks leave out would never be played. */
export function linesOfCommands(text: string): readonly number[] {
  return text.split('\n').flatMap((line, index) => (COMMAND.test(line.replace(/^(?: {4}|\$ )/, '')) ? [index + 1] : []))
}

/** `npx winrate name --option value` and `npm run name -- ...` between backticks in the prose. */
export function inlineCommands(text: string): readonly string[] {
  const prose = text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/^ {4}.*$/gm, '')
  return [...prose.matchAll(/`((?:npm (?:run|start|test)|npx winrate|node scripts\/)[^`]*)`/g)].map(
    ([, command = '']) => command.replaceAll(/\s+/g, ' '),
  )
}

/** Splits as a shell does; `[...]` around what is optional is left out, and it is played with all of it. */
export function wordsOf(command: string): readonly string[] {
  const words = command.replaceAll(/(?<=\s)\[|\](?=\s|$)/g, '').match(/"[^"]*"|'[^']*'|\S+/g) ?? []
  return words.map((word) => word.replaceAll(/^(["'])(.*)\1$/g, '$2'))
}
