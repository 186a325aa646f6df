import { parseAst } from 'vitest/node'

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

/** What stands at the top level of a module: names that exist only once their statement has run, and functions, which always do. */
interface TopLevel {
  /** The index of the statement that gives a name its value. */
  readonly declaredAt: ReadonlyMap<string, number>
  readonly functions: ReadonlyMap<string, Node>
}

/**
 * Sentences naming each `const`, `let`, `class` or `enum` of a module that a statement above it reaches while the module loads,
 * by itself or through functions: where the statement runs them, the name is in its temporal dead zone and the module dies.
 * Callbacks and functions that are only mentioned count as run.
 */
export function findEarlyUses(source: string): readonly string[] {
  const body: readonly unknown[] = parseAst(source, { lang: 'ts' }).body
  const statements = body.filter(isNode).map(withoutExport)
  const top = readTopLevel(statements)
  return statements.flatMap((statement, index) => {
    const early = [...reachedFrom(statement, top)].filter((name) => (top.declaredAt.get(name) ?? -1) > index)
    const line = source.slice(0, Number(statement['start'])).split('\n').length
    return early.map((name) => `line ${line} reaches ${name}, which is declared below it`)
  })
}

function withoutExport(statement: Node): Node {
  return isNode(statement['declaration']) ? statement['declaration'] : statement
}

function readTopLevel(statements: readonly Node[]): TopLevel {
  const declaredAt = new Map<string, number>()
  const functions = new Map<string, Node>()
  for (const [index, statement] of statements.entries()) {
    if (statement.type === 'FunctionDeclaration') functions.set(nameOf(statement['id']), statement)
    else for (const name of declaredBy(statement)) declaredAt.set(name, index)
    for (const { id, init } of declaratorsOf(statement)) if (init && isFunction(init)) functions.set(nameOf(id), init)
  }
  return { declaredAt, functions }
}

/** The names that are used when a statement runs, those used by the functions it mentions included. */
function reachedFrom(statement: Node, { functions }: TopLevel): ReadonlySet<string> {
  const reached = new Set<string>()
  const visit = (node: Node) => {
    for (const name of namesUsedIn(node)) {
      if (reached.has(name)) continue
      reached.add(name)
      const called = functions.get(name)
      if (called) visit(called)
    }
  }
  for (const part of runAtLoad(statement)) visit(part)
  return reached
}

/** A function runs when it is called, and so does the expression that a class extends. */
function runAtLoad(statement: Node): readonly Node[] {
  const isType = statement.type.startsWith('TS') && statement.type !== 'TSEnumDeclaration'
  if (isType || statement.type === 'FunctionDeclaration' || statement.type === 'ImportDeclaration') return []
  if (statement.type === 'ClassDeclaration') return isNode(statement['superClass']) ? [statement['superClass']] : []
  if (statement.type !== 'VariableDeclaration') return [statement]
  return declaratorsOf(statement).flatMap(({ init }) => (init && !isFunction(init) ? [init] : []))
}

function declaratorsOf(statement: Node): readonly { readonly id: unknown; readonly init: Node | undefined }[] {
  if (statement.type !== 'VariableDeclaration') return []
  return childrenOf(statement).map(({ id, init }) => ({ id, init: isNode(init) ? init : undefined }))
}

function declaredBy(statement: Node): readonly string[] {
  if (statement.type === 'ClassDeclaration' || statement.type === 'TSEnumDeclaration') return [nameOf(statement['id'])]
  return declaratorsOf(statement).flatMap(({ id }) => (isNode(id) ? bindingsIn(id) : []))
}

/** Free names of a piece of code, without those that an inner function declares. */
function namesUsedIn(node: Node): readonly string[] {
  if (node.type === 'Identifier') return [nameOf(node)]
  const own = isFunction(node) ? new Set(declaredWithin(node)) : undefined
  const used = childrenOf(node).flatMap(namesUsedIn)
  return own ? used.filter((name) => !own.has(name)) : used
}

function declaredWithin(node: Node): readonly string[] {
  const here =
    node.type === 'VariableDeclarator' && isNode(node['id'])
      ? bindingsIn(node['id'])
      : Array.isArray(node['params'])
        ? node['params'].filter(isNode).flatMap(bindingsIn)
        : node.type === 'CatchClause' && isNode(node['param'])
          ? bindingsIn(node['param'])
          : []
  return [...here, ...childrenOf(node).flatMap(declaredWithin)]
}

/** The names that a pattern binds: its defaults are no bindings. */
function bindingsIn(pattern: Node): readonly string[] {
  if (pattern.type === 'Identifier') return [nameOf(pattern)]
  if (pattern.type === 'AssignmentPattern') return isNode(pattern['left']) ? bindingsIn(pattern['left']) : []
  return childrenOf(pattern).flatMap(bindingsIn)
}

/** Without types, and without names that stand for themselves: those of properties. */
function childrenOf(node: Node): readonly Node[] {
  const { computed } = node
  return Object.entries(node).flatMap(([key, value]) => {
    if (computed === false && (key === 'property' || key === 'key')) return []
    return [value].flat().filter(isNode).filter(isCode)
  })
}

function isCode({ type }: Node): boolean {
  return !type.startsWith('TS') || ['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'].includes(type)
}

function isFunction({ type }: Node): boolean {
  return ['ArrowFunctionExpression', 'FunctionExpression', 'FunctionDeclaration'].includes(type)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function nameOf(value: unknown): string {
  return isNode(value) ? String(value['name']) : ''
}
