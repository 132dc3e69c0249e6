import { listening } from './wait.js'

/** A block of ports nobody listens on, and the one a thousand above it for a suite that starts a platform of its own. */
export async function freePorts(): Promise<number> {
  for (let portBase = 17_000; portBase < 30_000; portBase += 2_000) {
    const looked = [0, 110, 210, 160, 260, 1_000, 1_110].map((offset) => listening(portBase + offset))
    if (!(await Promise.all(looked)).includes(true)) return portBase
  }
  throw new Error('no free ports between 17000 and 30000')
}
