import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Part of the disk that is free to us where `dir` is, or will be once somebody writes there. Undefined where nothing tells.
 */
export async function freePart(dir: string): Promise<number | undefined> {
  try {
    const { bavail, blocks } = await statfs(dir)
    return blocks > 0 ? bavail / blocks : undefined
  } catch (error) {
    const above = dirname(dir)
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && above !== dir ? freePart(above) : undefined
  }
}
