import { mkdirSync } from 'node:fs'
import { openControl } from './control.js'
import { Platform, type PlatformOptions } from './platform.js'

/** Starts a platform in this process and keeps it until SIGINT, SIGTERM or a call to stop. Resolves when it works. */
export async function supervise(options: PlatformOptions): Promise<{ platform: Platform; ended: Promise<void> }> {
  mkdirSync(options.stateDir, { recursive: true })
  const platform = new Platform(options)
  let stop = () => {}
  const asked = new Promise<void>((resolve) => {
    stop = resolve
  })
  const control = await openControl(platform, options.stateDir, options.portBase, stop)
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    await Promise.race([platform.start(), asked.then(() => Promise.reject(new Error('stopped while starting')))])
  } catch (error) {
    await platform.stop().catch(() => {})
    control.close()
    throw error
  }
  const ended = asked.then(async () => {
    options.say?.('stopping')
    await platform.stop()
    control.close()
  })
  return { platform, ended }
}
