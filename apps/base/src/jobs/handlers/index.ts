import type { Handler } from '../handler.js'
import { eventStatus } from './event-status.js'
import { level } from './level.js'
import { mark } from './mark.js'
import { readiness } from './readiness.js'
import { rehearse } from './rehearse.js'
import { remind } from './remind.js'
import { report } from './report.js'
import { room } from './room.js'
import { ruleMode } from './rule-mode.js'
import { snapshot } from './snapshot.js'
import { warm } from './warm.js'

const all: readonly Handler[] = [
  eventStatus,
  room,
  level,
  ruleMode,
  warm,
  snapshot,
  readiness,
  remind,
  report,
  mark,
  rehearse,
]

/** What jobs can do, by name. */
export const handlers: ReadonlyMap<string, Handler> = new Map(all.map((handler) => [handler.name, handler]))
