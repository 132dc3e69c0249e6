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
  for (const part of parts) {
    const ratePerS = (capacityPerS * part) / 100
    const plan = {
      port: Number(new URL(rig.accessUrl).port),
      path: rig.document.path,
      ratePerS,
      connections,
      seed: part,
    }
    await askOpenly({ ...plan, durationMs: warmUpMs })
    const told = await askOpenly({ ...plan, durationMs })
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
      us('sent-late-p99', told.lateP99Us),
      { name: `http-latency-${part}-failed`, value: told.failed, unit: 'requests', bound: 0, ok: told.failed === 0 },
    )
    say(`at ${part} % of the capacity: mean ${Math.round(told.meanUs)} µs, p99 ${told.p99Us} µs`)
  }
  return figures
}

async function askOpenly(plan: OpenLoopPlan): Promise<OpenLoopResult> {
  const child = spawnOn(loadCore, process.execPath, [join(import.meta.dirname, 'open-loop-worker.js')])
  child.stdin.end(JSON.stringify(plan))
  return JSON.parse(await outputOf(child)) as OpenLoopResult
}
