import { type JsonValue, OpenFeatureEventEmitter, type Provider, ProviderEvents } from '@openfeature/web-sdk'
import { Resolutions } from './resolutions.js'
import { type FlagOptions, type FlagSource, type Page, SwitchFlags } from './switch-flags.js'

export type { FlagOptions, FlagSource } from './switch-flags.js'

/** Gala's switches as flags of OpenFeature in browsers: answers from memory; asks nothing while nobody looks at the page. */
export class GalaWebProvider implements Provider {
  readonly metadata = { name: 'gala' }
  readonly runsOn = 'client'
  readonly events = new OpenFeatureEventEmitter()
  readonly #flags: SwitchFlags
  readonly #resolutions: Resolutions

  constructor(source: FlagSource, options: FlagOptions & { page?: Page } = {}) {
    const tell = {
      ready: () => this.events.emit(ProviderEvents.Ready),
      stale: (message: string) => this.events.emit(ProviderEvents.Stale, { message }),
      changed: (flagsChanged: string[]) => this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged }),
    }
    this.#flags = new SwitchFlags(source, options, tell, options.page ?? globalThis.document)
    this.#resolutions = new Resolutions(this.#flags)
  }

  initialize() {
    return this.#flags.start()
  }

  async onClose() {
    this.#flags.stop()
  }

  resolveBooleanEvaluation(key: string, otherwise: boolean) {
    return this.#resolutions.boolean(key, otherwise)
  }

  resolveStringEvaluation(key: string, otherwise: string) {
    return this.#resolutions.string(key, otherwise)
  }

  resolveNumberEvaluation(key: string, otherwise: number) {
    return this.#resolutions.number(key, otherwise)
  }

  resolveObjectEvaluation<T extends JsonValue>(key: string, otherwise: T) {
    return this.#resolutions.object(key, otherwise)
  }
}
