// One thread of the study of verdicts.
import { parentPort } from 'node:worker_threads'
import { type CompanyTask, judgeCompany } from '../../src/core/study/judge-company.ts'

parentPort?.on('message', (task: CompanyTask) => parentPort?.postMessage(judgeCompany(task)))
