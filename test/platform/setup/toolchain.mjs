import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../..')
export const stateDir = join(root, '.gala')
const binDir = join(root, 'node_modules/.bin')

/** What the suites are run on and the lowest that is supported elsewhere. */
const supported = [24, 9]

/** The Node of the lockfile; where no build of it exists for this machine, the system's if it is new enough. */
export function pinnedNode() {
  const pinned = join(binDir, 'node')
  if (existsSync(pinned)) return pinned
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > supported[0] || (major === supported[0] && minor >= supported[1])) return process.execPath
  throw new Error(
    `there is no pinned Node for ${process.platform}-${process.arch}, and this one is ${process.version}; ` +
      `install Node ${supported.join('.')} or later and run the command again`,
  )
}

/** The programs of the workspace first. */
export const toolPath = () => `${binDir}${delimiter}${process.env.PATH ?? ''}`

/** The pinned package manager is a native program; on a machine it is not built for, the user's own is taken. */
export function pnpmProgram() {
  const pinned = join(stateDir, `toolchain/node_modules/@pnpm/exe.${process.platform}-${process.arch}/pnpm`)
  return existsSync(pinned) ? pinned : 'pnpm'
}
