import type { PlatformClient, PlatformOptions, PlatformStatus } from '@gala/platform'
import type { Figure } from './report.js'

/** A platform of the drill's own, running. */
export interface Rig {
  client: PlatformClient
  status: PlatformStatus
  stateDir: string
}

export interface Drill {
  about: string
  sizes: NonNullable<PlatformOptions['sizes']>
  /** Environment of single parts, by name. */
  envOf?: NonNullable<PlatformOptions['envOf']>
  run(rig: Rig, say: (line: string) => void): Promise<Figure[]>
}
