import type { Rung, SwitchKey, SwitchSource } from '@gala/contracts'
import { decisionOf, type Governing } from '@gala/resilience'

/** A switch as most viewers of a data centre get it. `partial`: an order holds for some of them. */
export interface InEffect {
  rung: Rung
  source: SwitchSource
  partial: boolean
}

/** What processes of a data centre make of the orders, for what has not happened yet and for when nobody can be asked. */
export function inEffect(key: SwitchKey, dc: string, governing: Governing): InEffect {
  const first = decisionOf(key, dc, governing)
  let decision = first
  while (decision.part && decision.otherwise) decision = decision.otherwise
  return { rung: decision.rung, source: decision.source, partial: first.part !== undefined }
}
