import { performance } from 'node:perf_hooks'
import { seededRandom } from '@gala/kernel/testing'
import { Connection } from '../load-connection.js'
import type { Asked, AskPlan } from './asking.js'

/** A program of its own: what it costs to ask must not hold up whoever breaks things and counts. */
const plan = JSON.parse(process.argv[2] ?? '') as AskPlan

const connectionsPerEdge = 24
const patienceMs = 10_000
const turnMs = 2
const tellEveryMs = 250
const views = ['', '/bootstrap', '/programmes', '/play', '/stats']

const random = seededRandom(plan.seed)
const told: Asked = { asked: 0, answered: 0, refused: 0, unanswered: 0 }
const idle: { connection: Connection; host: string }[] = []
const connections = plan.edges.flatMap((edge) => {
  const { host, port } = new URL(edge)
  return Array.from({ length: connectionsPerEdge }, () => {
    const connection: Connection = new Connection(Number(port), patienceMs, () => idle.unshift({ connection, host }))
    return connection
  })
})

// Whoever started us is gone: nobody wants to know.
process.on('disconnect', () => process.exit())
for (const connection of connections) connection.open()
const startedMs = performance.now()
const teller = setInterval(() => {
  for (const connection of connections) connection.expire(performance.now())
  process.send?.(told)
}, tellEveryMs)
turn()

function turn() {
  const due = Math.min(plan.requests, ((performance.now() - startedMs) * plan.ratePerS) / 1_000)
  while (told.asked < due) {
    const free = idle.pop()
    if (!free) break
    if (free.connection.connected) ask(free.connection, free.host)
  }
  if (told.answered + told.unanswered < plan.requests) return void setTimeout(turn, turnMs)
  clearInterval(teller)
  process.send?.(told, () => process.exit())
}

function ask(connection: Connection, host: string) {
  told.asked++
  const event = plan.events[Math.floor(random() * plan.events.length)] ?? ''
  const view = views[Math.floor(random() * views.length)] ?? ''
  const bytes = Buffer.from(`GET /v1/events/${event}${view} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  connection.ask(bytes, performance.now(), ({ status }) => {
    if (status === 0) told.unanswered++
    else told.answered++
    if (status >= 400) told.refused++
  })
}
