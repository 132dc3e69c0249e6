import { Counter, Gauge } from 'prom-client'
import type { BaseContext } from '../base.config.js'
import type { MirrorSignals } from './dc-ledger-mirror.js'

/** What is said of it once, not each second. */
const behindMaxMs = 30_000

export function mirrorSignals({ metrics, log }: Pick<BaseContext, 'metrics' | 'log'>): MirrorSignals {
  const registers = [metrics]
  const behind = new Gauge({
    name: 'gala_slot_mirror_behind_seconds',
    help: 'Since the first change of a slot of this data centre that the ledger of all does not have',
    registers,
  })
  const waiting = new Gauge({
    name: 'gala_slot_mirror_waiting',
    help: 'Slots of this data centre that the ledger of all does not have as they are',
    registers,
  })
  const failures = new Counter({
    name: 'gala_slot_mirror_failures_total',
    help: 'Times slots could not be written into the ledger of all; the next time they are',
    registers,
  })
  const lost = new Counter({
    name: 'gala_slot_mirror_lost_total',
    help: 'Changes of slots that were too many to wait for it',
    registers,
  })
  let late = false
  return {
    slotsToMirror: (left, behindMs) => {
      behind.set(behindMs / 1_000)
      waiting.set(left)
      if (late !== behindMs > behindMaxMs) {
        late = !late
        if (late) log.warn({ left, behindMs }, 'the ledger of all is behind with slots of this data centre')
        else log.info('the ledger of all has the slots of this data centre')
      }
    },
    slotChangesLost: (changes) => {
      lost.inc(changes)
      log.error({ changes }, 'slots of this data centre changed too often to be all written down')
    },
    slotMirrorFailed: (err) => {
      failures.inc()
      log.debug({ err }, 'slots could not be written into the ledger of all')
    },
  }
}
