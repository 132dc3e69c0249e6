import { ErrorCode, type JsonValue, type ResolutionDetails, StandardResolutionReasons } from '@openfeature/core'
import type { SwitchFlags } from './switch-flags.js'

/** The last rung: nothing is left of the feature. */
const omitted = 'omit'
const whole = 'full'

/**
 * What a switch is as a flag: whether the feature is offered at all, its rung, or an object with its rung. Who asks makes no
 * difference: what operators have ordered for some viewers only is not told.
 */
export class Resolutions {
  constructor(private readonly flags: SwitchFlags) {}

  boolean(key: string, otherwise: boolean): ResolutionDetails<boolean> {
    return this.#resolve(key, otherwise, (rung) => rung !== omitted)
  }

  string(key: string, otherwise: string): ResolutionDetails<string> {
    return this.#resolve(key, otherwise, (rung) => rung)
  }

  number(key: string, otherwise: number): ResolutionDetails<number> {
    const found = this.#resolve(key, otherwise, () => otherwise)
    return found.errorCode ? found : refusal(otherwise, ErrorCode.TYPE_MISMATCH, `${key} is a switch: it has no number`)
  }

  object<T extends JsonValue>(key: string, otherwise: T): ResolutionDetails<T> {
    // OpenFeature lets callers name any form they expect; this is the one there is.
    return this.#resolve(key, otherwise, (rung) => ({ rung }) as JsonValue as T)
  }

  #resolve<T>(key: string, otherwise: T, of: (rung: string) => T): ResolutionDetails<T> {
    const { current } = this.flags
    if (!current) return refusal(otherwise, ErrorCode.PROVIDER_NOT_READY, 'nothing has been loaded yet')
    const rung = current.rungs.get(key)
    if (rung === undefined) return refusal(otherwise, ErrorCode.FLAG_NOT_FOUND, `there is no switch ${key}`)
    const { asOf, stale } = current
    return { value: of(rung), variant: rung, reason: reasonOf(rung, stale), flagMetadata: { asOf, stale } }
  }
}

/** Below `full` somebody or some rule has put it there. */
function reasonOf(rung: string, stale: boolean): string {
  if (stale) return StandardResolutionReasons.STALE
  return rung === whole ? StandardResolutionReasons.DEFAULT : StandardResolutionReasons.TARGETING_MATCH
}

const refusal = <T>(value: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => ({
  value,
  reason: StandardResolutionReasons.ERROR,
  errorCode,
  errorMessage,
})
