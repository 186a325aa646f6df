import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMAND_FILES, helpText } from '../../scripts/commands.ts'
import { SCRIPT_FILES } from '../support/script-file.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8')

function winrate(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/winrate.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
  })
  return { status, stdout, stderr }
}

describe('winrate', () => {
  it('has a command for every script file, and serve and worker', () => {
    const expected = [...SCRIPT_FILES, ['serve', 'src/main.ts'], ['worker', 'src/worker.ts']]
    expect([...COMMAND_FILES].toSorted()).toEqual(expected.toSorted())
  })

  it('--help lists every command once, under the people who use it', () => {
    const help = winrate('--help')
    expect(help).toEqual({ status: 0, stdout: `${helpText()}\n`, stderr: '' })
    const listed = [...help.stdout.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, name]) => name)
    expect(listed).toEqual([...COMMAND_FILES.keys()])
    expect(help.stdout.match(/^\w.*(?=:$)/gm)).toEqual(['Data team', 'Operator', 'Developer'])
  })

  it('gives a command its arguments', () => {
    expect(winrate('migrate', '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Usage: winrate migrate /),
    })
    expect(winrate('serve', '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Usage: winrate serve /),
    })
    expect(winrate('import')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('name files or folders to import'),
    })
  })

  it('names the nearest command for an unknown one, and exits with 2', () => {
    expect(winrate('improt', '--kind', 'accounts')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'winrate: unknown command "improt"; did you mean import?\n`winrate --help` lists the commands.\n',
    })
    expect(winrate('constructor').status).toBe(2)
    expect(winrate()).toEqual({ status: 2, stdout: '', stderr: `${helpText()}\n` })
  })
})

describe('the scripts of package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
  const started = Object.entries(scripts).flatMap(([name, command]) =>
    command.startsWith('node tools/winrate.mjs ')
      ? [[name, command.slice('node tools/winrate.mjs '.length)] as const]
      : [],
  )

  it('start the command of their own name', () => {
    expect(started.length).toBeGreaterThan(18)
    for (const [name, command] of started) expect(command).toBe(name === 'start' ? 'serve' : name)
  })

  it('are those that the README names', () => {
    const readme = read('README.md')
    expect(started.map(([name]) => name).filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })
})
