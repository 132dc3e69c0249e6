import { createHash } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

const shm = '/dev/shm'

/**
 * A folder of the platform that lies in memory, where the system has such: for files that are replaced all the time and may be
 * lost. On a disk each one replaced is one freed, and whoever replaces it waits for that (ext4 mounted with `discard`).
 */
export function memoryDirOf(stateDir: string): string {
  try {
    accessSync(shm, constants.W_OK)
  } catch {
    return join(stateDir, 'memory')
  }
  return join(shm, `gala-${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}`)
}
