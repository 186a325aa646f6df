import { describe, expect, it } from 'vitest'
import { arrowsOf, circlesOf, graphOf, ROOMS, roomOf } from './rooms.ts'
import { readSources } from './sources.ts'

const sources = readSources('src')
const everything = [...sources, ...readSources('scripts'), ...readSources('test')]

describe('rooms', () => {
  it.each(Object.keys(ROOMS))('%s: a room imports only rooms before it', (floor) => {
    const back = arrowsOf(graphOf(sources), floor).filter(({ isBack }) => isBack)
    expect(back.flatMap(({ files }) => files)).toEqual([])
  })

  it.each(Object.keys(ROOMS))('%s: every room of the plan is there, and no other', (floor) => {
    const found = new Set(sources.flatMap(({ name }) => (roomOf(name)?.floor === floor ? [roomOf(name)!.room] : [])))
    expect([...found].toSorted()).toEqual(ROOMS[floor]?.toSorted())
  })

  it('no files import each other in a circle, types included', () => {
    expect(circlesOf(graphOf(everything).imports)).toEqual([])
  })

  it('the rules see an arrow back, an unknown room and a circle', () => {
    const files = [
      { name: 'src/core/facts/a.ts', text: `import type { B } from '../scoring/b.ts'` },
      { name: 'src/core/scoring/b.ts', text: `import { c } from '../cellar/c.ts'` },
      { name: 'src/core/cellar/c.ts', text: `import '../facts/a.ts'` },
    ]
    const graph = graphOf(files)
    expect(arrowsOf(graph, 'core').map(({ from, to, isBack }) => [from, to, isBack])).toEqual([
      ['facts', 'scoring', true],
      ['scoring', 'cellar', true],
      ['cellar', 'facts', true],
    ])
    expect(circlesOf(graph.imports)).toEqual([files.map(({ name }) => name).toSorted()])
  })
})
