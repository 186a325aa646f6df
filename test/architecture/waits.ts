import { type SourceFile, withoutComments } from './sources.ts'

const USE =
  'wait for a state with `until` (test/support/until.ts) or for a signal (`once`, `Promise.withResolvers`); ' +
  'if the passage of time is itself what is tested, name the file and the reason in test/architecture/waits.ts'

const WAITS =
  /(?<![.\w])(?:setTimeout|setInterval)\b|\bscheduler\.(?:wait|yield)\b|\bpg_sleep\b|\bAtomics\.wait\b|\bsleep\(/g

/** Files in which real time passes, and why: each has its comment at the place. */
export const ALLOWED: Readonly<Record<string, string>> = {
  'test/support/until.ts': 'the interval between two looks at a state',
  'test/documents/processes.ts': 'the limit after which a child process that hangs is killed',
  'test/support/children/training-child.ts': 'a training process that hangs',
  'test/support/children/use-database.ts': 'a script that does not end when it is interrupted',
  'test/support/children/write-back-child.ts': 'the interval between two rounds of a worker',
  'test/store/database/database.test.ts': 'a statement that is longer than its limit',
  'test/http/plugins/slow-clients.test.ts': 'clients that send slowly',
  'test/http/plugins/server-restart.test.ts': 'clients that retry at random times',
  'test/jobs/delivery/outbound-request.test.ts': 'a receiver that answers slowly',
  'test/jobs/delivery/deliver-killed.test.ts': 'a receiver that answers after a random time',
  'test/jobs/delivery/write-back/killed.test.ts': 'a CRM that answers after a random time, and changes at random times',
  'test/http/routes/delivery/events.test.ts': 'transactions that commit at random times',
  'test/store/delivery/events.test.ts': 'transactions that commit at random times',
  'test/jobs/facts/import/files/bad-files.test.ts': 'the interval between two samples of the memory in use',
  'scripts/bench/http/paced-load.ts': 'requests that are due at stated times',
}

/** One line for each function that lets real time pass, in a file that is not named above. */
export function findWaits({ name, text }: SourceFile): readonly string[] {
  return name in ALLOWED ? [] : waitsOf(text).map((wait) => `${name}: ${wait}: ${USE}`)
}

export function waitsOf(text: string): readonly string[] {
  return [...withoutComments(text).matchAll(WAITS)].map(([wait]) => wait)
}
