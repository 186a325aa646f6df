// `npx node test/architecture/draw.ts`: rooms, arrows, arrows back, knots and circles of files, drawn from the imports.
import { arrowsOf, circlesOf, graphOf, knotsOf, ROOMS, roomOf } from './rooms.ts'
import { readSources } from './sources.ts'

const graph = graphOf([...readSources('src'), ...readSources('scripts'), ...readSources('test')])
for (const floor of Object.keys(ROOMS)) {
  const rooms = new Set([...graph.imports.keys()].map(roomOf).flatMap((at) => (at?.floor === floor ? [at.room] : [])))
  const arrows = arrowsOf(graph, floor)
  const back = arrows.filter(({ isBack }) => isBack)
  console.log(
    `${floor}: ${rooms.size} rooms, ${arrows.length} arrows, ${back.length} back, ${knotsOf(arrows).length} knots`,
  )
  for (const room of ROOMS[floor] ?? []) {
    const targets = arrows.filter(({ from }) => from === room).map(({ to }) => to)
    if (rooms.has(room)) console.log(`  ${room} -> ${targets.join(', ') || 'nothing'}`)
  }
  for (const { files } of back) for (const file of files) console.log(`  back: ${file}`)
}
const circles = circlesOf(graph.imports)
console.log(`circles of files: ${circles.length}`)
for (const circle of circles) console.log(`  ${circle.join(', ')}`)
