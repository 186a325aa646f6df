import { expandFeatures, type FeatureSpecification, type PlainFeature } from '../../../features/specification.ts'
import { canonicalJson } from '../../../base/json-hash.ts'
import type { ModelArtifact, LoadedModel, ModelName } from '../../../scoring/artifact/model-artifact.ts'
import { type Instant, parseInstant } from '../../../base/time.ts'
import type { ChampionScorer } from '../types.ts'
import { counted } from '../../../base/counted.ts'

/** The champion as a baseline of another version, by model. */
export interface Champion {
  readonly version: string
  readonly asOf: Instant
  readonly scorers: ReadonlyMap<ModelName, ChampionScorer>
}

/**
 * The models of the champion that can be compared with a version on the version's rows. A model is not compared when the
 * version measures one of its features differently, which would feed it wrong values, or has another label or moment.
 */
export function championOf(version: string, artifact: ModelArtifact, champion: LoadedModel): Champion | null {
  if (champion.version === version) return null
  const asOf = parseInstant(champion.artifact.as_of)
  if (!asOf) throw new RangeError(`version ${champion.version} has no as-of: ${champion.artifact.as_of}`)
  const scorers = champion.artifact.models.map(({ model: name, logistic }): [ModelName, ChampionScorer] => {
    const [own, other] = [questionOf(artifact, name), questionOf(champion.artifact, name)]
    if (own !== undefined && own !== other)
      return [name, { unavailable: `the champion ${champion.version} has another label or moment than this version` }]
    const read = logistic.encoder.features.map((feature) => feature.name)
    const differing = changedFeatures(artifact.specification.features, champion.artifact.specification.features, read)
    if (differing.length === 0) return [name, { model: logistic, asOf }]
    return [
      name,
      {
        unavailable: `the champion ${champion.version} reads ${differing.join(', ')}, which this version does not have or measures differently (${differing.length} of ${counted(read.length, 'feature')})`,
      },
    ]
  })
  return { version: champion.version, asOf, scorers: new Map(scorers) }
}

function questionOf({ specification }: ModelArtifact, name: ModelName): string | undefined {
  const model = specification.models.find((candidate) => candidate.model === name)
  return model && canonicalJson([model.moment, model.label, model.opportunities])
}

function changedFeatures(
  own: FeatureSpecification,
  other: FeatureSpecification,
  names: readonly string[],
): readonly string[] {
  const [mine, theirs] = [measuresOf(own), measuresOf(other)]
  return names.filter((name) => mine.get(name) !== theirs.get(name))
}

/** By name, what a feature's raw value depends on: neither its wording nor its encoding. */
function measuresOf(specification: FeatureSpecification): ReadonlyMap<string, string> {
  const precedence = specification.source_precedence
  return new Map(
    expandFeatures(specification).map((feature: PlainFeature) => {
      const { noun: _noun, sign: _sign, family: _family, transform: _transform, ...measured } = feature
      return [feature.name, canonicalJson(feature.measure === 'attribute' ? [precedence, measured] : measured)]
    }),
  )
}
