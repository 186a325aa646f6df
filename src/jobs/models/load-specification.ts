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
 * Reads `features.json` with `titles.json`, whichever of the three model files a folder has, and `scores.json` and
 * `contact.json` if they are there.
 * @throws AppError SpecificationInvalid naming the file, the place in it and what is wrong there
 */
export function loadSpecification(folder: string): Specification {
  const features = withTitles(readChecked(path.join(folder, 'features.json'), FeatureSpecification), folder)
  const files = MODEL_FILES.map((name) => path.join(folder, name)).filter((file) => existsSync(file))
  if (files.length === 0) {
    throw new AppError('SpecificationInvalid', `${folder} must hold at least one of ${MODEL_FILES.join(', ')}`)
  }
  const models = files.map((file) => readChecked(file, ModelSpecification))
  checkNames(features, models, folder)
  const scoresFile = path.join(folder, 'scores.json')
  const peopleFile = path.join(folder, 'contact.json')
  return {
    features,
    models,
    ...(existsSync(scoresFile) ? { scores: readChecked(scoresFile, ScoreSpecification) } : {}),
    ...(existsSync(peopleFile) ? { people: readChecked(peopleFile, PeopleSpecification) } : {}),
  }
}

/** @returns the titles of `models/titles.json`; null where a folder has none */
export function loadTitles(folder: string): TitleSpecification | null {
  const file = path.join(folder, 'titles.json')
  return existsSync(file) ? readChecked(file, TitleSpecification) : null
}

/** How titles are read is part of the features: it is hashed into every model, and a model keeps reading as it learned. */
function withTitles(features: FeatureSpecification, folder: string): FeatureSpecification {
  const titles = loadTitles(folder)
  return titles ? { ...features, titles } : features
}

/** Excluded features must exist, and two models must not go by one name. */
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
