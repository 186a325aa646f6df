import { IMPORT_KINDS } from '../../core/facts/import/kinds.ts'
import { TABLES } from './rows.ts'

const FILES: readonly string[] = Object.values(TABLES).map(({ file }) => file)

/** The kinds of facts of which a simulated company has a file, in the order in which they import fastest. */
export const SIMULATED_KINDS = IMPORT_KINDS.filter((kind) => FILES.includes(kind))
