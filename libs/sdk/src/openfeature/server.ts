import { type JsonValue, OpenFeatureEventEmitter, type Provider, ProviderEvents } from '@openfeature/server-sdk'
import { Resolutions } from './resolutions.js'
import { type FlagOptions, type FlagSource, SwitchFlags } from './switch-flags.js'

export type { FlagOptions, FlagSource } from './switch-flags.js'

/** Gala's switches as flags of OpenFeature on servers: asks every few seconds, answers from memory. Does not keep a process alive. */
export class GalaServerProvider implements Provider {
  readonly metadata = { name: 'gala' }
  readonly runsOn = 'server'
  readonly events = new OpenFeatureEventEmitter()
  readonly #flags: SwitchFlags
  readonly #resolutions: Resolutions

  constructor(source: FlagSource, options: FlagOptions = {}) {
    const tell = {
      ready: () => this.events.emit(ProviderEvents.Ready),
      stale: (message: string) => this.events.emit(ProviderEvents.Stale, { message }),
      changed: (flagsChanged: string[]) => this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged }),
    }
    this.#flags = new SwitchFlags(source, options, tell)
    this.#resolutions = new Resolutions(this.#flags)
  }

  initialize() {
    return this.#flags.start()
  }

  async onClose() {
    this.#flags.stop()
  }

  async resolveBooleanEvaluation(key: string, otherwise: boolean) {
    return this.#resolutions.boolean(key, otherwise)
  }

  async resolveStringEvaluation(key: string, otherwise: string) {
    return this.#resolutions.string(key, otherwise)
  }

  async resolveNumberEvaluation(key: string, otherwise: number) {
    return this.#resolutions.number(key, otherwise)
  }

  async resolveObjectEvaluation<T extends JsonValue>(key: string, otherwise: T) {
    return this.#resolutions.object(key, otherwise)
  }
}
