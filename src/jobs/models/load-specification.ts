import { existsSync } from 'node:fs'
import path from 'node:path'
import { ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import { compileFeatures } from '../../core/features/compile.ts'
import { FeatureSpecification } from '../../core/features/specification.ts'
import { nearest } from '../../core/base/did-you-mean.ts'
import { PeopleSpecification } from '../../core/scoring/people/people-specification.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import { ScoreSpecification } from '../../core/scoring/artifact/score-specification.ts'
import { TitleSpecification } from '../../core/facts/titles/title-specification.ts'
import { AppError } from '../../errors.ts'
import { readChecked } from './read-model-file.ts'

const MODEL_FILES = ['in-market.json', 'win.json', 'win-open.json'] as const

/**
 * Reads `features.json` and at least one of the three model files, and `titles.json`, `scores.json` and `contact.json` where the
 * folder has them.
 * @throws AppError SpecificationInvalid with the file, the path in it and the problem
 */
export function loadSpecification(folder: string): Specification {
  const features = withTitles(readChecked(path.join(folder, 'features.json'), FeatureSpecification), folder)
  const files = MODEL_FILES.map((name) => path.join(folder, name)).filter((file) => existsSync(file))
  if (files.length === 0) {
    throw new AppError('SpecificationInvalid', `${folder} must hold at least one of ${MODEL_FILES.join(', ')}`)
  }
  const models = files.map((file) => readChecked(file, ModelSpecification))
  checkNames(features, models, folder)
  checkPopulation(models, folder)
  const scoresFile = path.join(folder, 'scores.json')
  const peopleFile = path.join(folder, 'contact.json')
  return {
    features,
    models,
    ...(existsSync(scoresFile) ? { scores: readChecked(scoresFile, ScoreSpecification) } : {}),
    ...(existsSync(peopleFile) ? { people: readChecked(peopleFile, PeopleSpecification) } : {}),
  }
}

/** @returns null when the folder has no `titles.json` */
export function loadTitles(folder: string): TitleSpecification | null {
  const file = path.join(folder, 'titles.json')
  return existsSync(file) ? readChecked(file, TitleSpecification) : null
}

/** The title rules are part of the features: a model keeps the rules that it was trained with. */
function withTitles(features: FeatureSpecification, folder: string): FeatureSpecification {
  const titles = loadTitles(folder)
  return titles ? { ...features, titles } : features
}

/** The product of both models is published: it is of one population only if both count the same opportunities. */
function checkPopulation(models: readonly ModelSpecification[], folder: string): void {
  const [inMarket, win] = (['in_market', 'win'] as const).map((name) => models.find(({ model }) => model === name))
  if (!inMarket || !win) return
  for (const rule of ['types', 'exclude_lead_sources', 'minimum_lifetime_days'] as const) {
    const [one, other] = [inMarket, win].map(({ opportunities }) =>
      JSON.stringify([opportunities[rule]].flat().toSorted()),
    )
    if (one === other) continue
    const message = `${folder}: in-market.json and win.json count different opportunities: "opportunities.${rule}" is ${JSON.stringify(inMarket.opportunities[rule])} in one and ${JSON.stringify(win.opportunities[rule])} in the other. Their product is published, so write the same in both`
    throw new AppError('SpecificationInvalid', message)
  }
}

/** Excluded features must exist, and model names must be unique. */
function checkNames(features: FeatureSpecification, models: readonly ModelSpecification[], folder: string): void {
  const names = featureNames(features, folder)
  for (const specification of models) {
    const unknown = specification.exclude.find((name) => !names.includes(name))
    if (unknown !== undefined) {
      const message = `model "${specification.model}" excludes an unknown feature "${unknown}"; nearest known: ${nearest(unknown, names).join(', ')}`
      throw new AppError('SpecificationInvalid', message)
    }
    if (models.filter((other) => other.model === specification.model).length > 1) {
      throw new AppError('SpecificationInvalid', `${folder} specifies model "${specification.model}" twice`)
    }
  }
}

function featureNames(features: FeatureSpecification, folder: string): readonly string[] {
  try {
    return compileFeatures(features).columns.map((column) => column.name)
  } catch (error) {
    const message = `${path.join(folder, 'features.json')}: ${(error as Error).message}`
    throw new AppError('SpecificationInvalid', message, { cause: error })
  }
}
