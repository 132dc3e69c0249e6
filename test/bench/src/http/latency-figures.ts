import { join } from 'node:path'
import type { Figure } from '../report.js'
import type { OpenLoopPlan, OpenLoopResult } from './open-loop-worker.js'
import { loadCore, outputOf, spawnOn } from './processes.js'
import type { Rig } from './rig.js'

const parts = [25, 50, 75] as const
const connections = 256
const warmUpMs = 2_000
const durationMs = 10_000

/** How long an answer of ours takes at parts of what it can bear, everybody counted from when they meant to ask. */
export async function latencyFigures(rig: Rig, capacityPerS: number, say: (line: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [{ name: 'http-capacity', value: Math.round(capacityPerS), unit: '/s' }]
  const port = Number(new URL(rig.accessUrl).port)
  const asking = [{ name: 'document', share: 1, texts: [plainGet(rig.document.path, port)], status: 200 }]
  for (const part of parts) {
    const plan = { port, asking, ratePerS: (capacityPerS * part) / 100, connections, alone: true, seed: part }
    await askOpenly({ ...plan, durationMs: warmUpMs })
    const { all: told, unanswered, lateP99Us } = await askOpenly({ ...plan, durationMs })
    const failed = told.failed + unanswered
    const us = (what: string, value: number): Figure => ({
      name: `http-latency-${part}-${what}`,
      value: Math.round(value),
      unit: 'µs',
    })
    figures.push(
      { name: `http-latency-${part}-rate`, value: Math.round(told.answered / (durationMs / 1_000)), unit: '/s' },
      us('mean', told.meanUs),
      us('p50', told.p50Us),
      us('p99', told.p99Us),
      us('p999', told.p999Us),
      us('sent-late-p99', lateP99Us),
      { name: `http-latency-${part}-failed`, value: failed, unit: 'requests', bound: 0, ok: failed === 0 },
    )
    say(`at ${part} % of the capacity: mean ${Math.round(told.meanUs)} µs, p99 ${told.p99Us} µs`)
  }
  return figures
}

export const plainGet = (path: string, port: number) => `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`

/** Asks from a program of its own, on the core of the load. */
export async function askOpenly(plan: OpenLoopPlan): Promise<OpenLoopResult> {
  const child = spawnOn(loadCore, process.execPath, [join(import.meta.dirname, 'open-loop-worker.js')])
  child.stdin.end(JSON.stringify(plan))
  return JSON.parse(await outputOf(child)) as OpenLoopResult
}
