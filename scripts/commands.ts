import { didYouMean, shownName } from '../src/core/base/did-you-mean.ts'

interface User {
  readonly title: string
  /** The folder of the files of the commands. */
  readonly folder: string
  /** What each command does, in a line of the help. */
  readonly commands: Readonly<Record<string, string>>
}

/** The commands by the people who use them. A command is the file of the same name in the folder. */
export const USERS: readonly User[] = [
  {
    title: 'Data team',
    folder: 'scripts/data-team',
    commands: {
      try: 'show how well won deals can be told from lost ones, from one table and without a database',
      import: 'import facts from CSV or JSON Lines files',
      unmatched: 'list the facts that belong to no account yet, by reason',
      merge: 'merge two accounts into one',
      titles: 'show how job titles are read: seniority, department, buying role',
      init: 'write a folder of models that fits the data, and say what to export next',
      readiness: 'check whether there is enough history to learn from',
      train: 'train a model version',
      backtest: 'evaluate a version on its own past, and decide whether it is proven',
      promote: 'make a version the champion',
      rollback: 'make the previous champion the champion again',
      models: 'list the versions: champion, challengers, retired',
      score: 'score every account',
      explain: 'explain the score of an account',
      playbook: 'show the next actions for an account, or check the playbook',
      icp: 'print the ideal customer profile',
      grid: 'replay past months: train on the past, score, compare with the outcomes',
    },
  },
  {
    title: 'Operator',
    folder: 'scripts/operator',
    commands: {
      demo: 'simulate a company, train on it, and serve the result',
      migrate: 'bring the database up to this version',
      serve: 'start the REST service',
      worker: 'start the worker: it keeps scores fresh, sends webhooks, trains',
      'api-key': 'create, list, rotate and revoke API keys',
      'write-back': 'write scores to a CRM as they change',
    },
  },
  {
    title: 'Developer',
    folder: 'scripts/developer',
    commands: {
      example: 'evaluate the models on a real history',
      'time-machine': 'check that no feature uses what was not known yet',
      simulate: 'write the exports of a company whose probabilities are known',
      study: 'study the method on simulated companies',
      'people-study': 'study how well buying roles are found on a simulated company',
      bench: 'measure speed and memory',
      fuzz: 'send generated requests to the service',
      chaos: 'repeat the tests that kill processes',
      client: "generate the example's client from the OpenAPI document",
      'docs-config': 'write the table of settings into docs/configuration.md',
    },
  },
]

/** Commands that are elsewhere: processes of the product, and what a data team does once. */
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  serve: 'src/main.ts',
  worker: 'src/worker.ts',
  init: 'scripts/data-team/start/init.ts',
}

/** By name (`import`), the file of each command, from the root. */
export const COMMAND_FILES: ReadonlyMap<string, string> = new Map(
  USERS.flatMap(({ folder, commands }) =>
    Object.keys(commands).map((name) => [name, ENTRY_POINTS[name] ?? `${folder}/${name}.ts`] as const),
  ),
)

export function helpText(): string {
  const width = Math.max(...[...COMMAND_FILES.keys()].map((name) => name.length))
  const sections = USERS.map(({ title, commands }) => {
    const lines = Object.entries(commands).map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`)
    return `${title}:\n${lines.join('\n')}\n`
  })
  return `Usage: winrate <command> [options]

Predictive account scoring: which accounts will buy, why, and what the evidence is.

${sections.join('\n')}
\`winrate <command> --help\` lists the options of a command. Settings are environment variables: docs/configuration.md.`
}

/** `unknown command "improt"; did you mean import?`, and where the commands are listed. */
export function unknownCommand(name: string): string {
  const suggestion = didYouMean(name, [...COMMAND_FILES.keys()])
  return `winrate: unknown command "${shownName(name)}"${suggestion}\n\`winrate --help\` lists the commands.`
}
