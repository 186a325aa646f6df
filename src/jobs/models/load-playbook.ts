import { fileURLToPath } from 'node:url'
import type { Kysely } from 'kysely'
import { unknownPlaybookNames } from '../../core/qualification/playbook/check-names.ts'
import { Playbook } from '../../core/qualification/playbook/playbook.ts'
import { readVocabulary } from '../../store/features/opportunity-histories.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { invalidFile, readChecked, readCheckedText } from './read-model-file.ts'

const FILE = fileURLToPath(new URL('../../../models/playbook.json', import.meta.url))

/** @throws AppError SpecificationInvalid with the file, the line, the path in it and the problem */
export function loadPlaybook(file = FILE): Playbook {
  return readChecked(file, Playbook)
}

/** @throws AppError SpecificationInvalid also for a kind or topic that the data do not have */
export async function loadCheckedPlaybook(db: Kysely<Database>, file = FILE): Promise<Playbook> {
  const { value: playbook, text } = readCheckedText(file, Playbook)
  const problems = unknownPlaybookNames(playbook, await readVocabulary(db))
  if (problems.length > 0) throw invalidFile(file, text, problems)
  return playbook
}
