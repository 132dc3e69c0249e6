import { AppError, type Viewer } from '@gala/contracts'
import { randomHex, randomUnit } from '@gala/kernel'
import type { LocalAnswer, LocalRequest } from './local.js'
import type { Viewers } from './viewers.js'

/** A night. */
const lifeS = 12 * 3_600

/** Tokens for viewers nobody knows, where the platform is set up to give them. */
export function guests(viewers: Viewers, open: boolean) {
  return async ({ input }: LocalRequest): Promise<LocalAnswer> => {
    if (!open) throw new AppError('ROUTE_NOT_FOUND', 'this platform gives no tokens to guests')
    const { name } = input.body as { name?: string }
    const viewer: Viewer = {
      id: `guest-${randomHex(8)}`,
      name: name ?? `Guest ${1_000 + Math.floor(randomUnit() * 9_000)}`,
      avatar: '',
      cohort: '',
    }
    const { token, expiresAtMs } = await viewers.issue(viewer, lifeS)
    const said = {
      token,
      viewer: { id: viewer.id, name: viewer.name },
      expiresAt: new Date(expiresAtMs).toISOString(),
    }
    return { body: JSON.stringify(said) }
  }
}
