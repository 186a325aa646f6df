// One thread of the study of verdicts.
import { parentPort } from 'node:worker_threads'
import { type CompanyTask, evaluateCompany } from '../../src/simulation/studies/evaluate-company.ts'

parentPort?.on('message', (task: CompanyTask) => parentPort?.postMessage(evaluateCompany(task)))
