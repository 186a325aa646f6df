// One thread of the study of the policy replay.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parentPort } from 'node:worker_threads'
import { ModelSpecification } from '../../src/core/training/cohorts/model-specification.ts'
import { compileFeatures } from '../../src/core/features/compile.ts'
import { FeatureSpecification } from '../../src/core/features/specification.ts'
import { MqlRule } from '../../src/core/evaluation/mql/mql-rule.ts'
import { compareReplay, type ReplayTask } from '../../src/simulation/studies/replay-study.ts'

const read = (file: string): unknown =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../models', file), 'utf8'))
const specification = {
  featureSet: compileFeatures(FeatureSpecification.parse(read('features.json'))),
  inMarket: ModelSpecification.parse(read('in-market.json')),
  win: ModelSpecification.parse(read('win.json')),
  rule: MqlRule.parse(read('mql-points.json')),
}

parentPort?.on('message', (task: ReplayTask) => parentPort?.postMessage(compareReplay(task, specification)))
