import winrate from '../../../package.json' with { type: 'json' }
import { canonicalJson, sha256Of } from '../../core/base/json-hash.ts'
import type { MqlRule } from '../../core/evaluation/mql/mql-rule.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'

export const WINRATE_VERSION: string = winrate.version

/** A hash of each file that a version was trained and evaluated with. Whitespace and the order of keys do not matter. */
export function specificationHashes(
  { features, models, scores }: Specification,
  rule: MqlRule,
): Readonly<Record<string, string>> {
  const hash = (content: unknown) => sha256Of([canonicalJson(content)])
  return {
    'features.json': hash(features),
    ...Object.fromEntries(models.map((own) => [`${own.model.replaceAll('_', '-')}.json`, hash(own)])),
    ...(scores ? { 'scores.json': hash(scores) } : {}),
    'mql-points.json': hash(rule),
  }
}
