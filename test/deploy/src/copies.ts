import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './environment.js'

export const deployDir = join(root, 'deploy')

/** A copy of `deploy/` in which `from` stands as `to` in one file: a mistake somebody might make. */
export class Copy {
  readonly dir = join(mkdtempSync(join(tmpdir(), 'gala-deploy-')), 'deploy')

  constructor() {
    cpSync(deployDir, this.dir, { recursive: true })
  }

  /** Breaks the file while `look` looks, then mends it. @throws when the file does not contain `from`. */
  async broken<T>(file: string, from: string, to: string, look: (dir: string) => T | Promise<T>): Promise<T> {
    const path = join(this.dir, file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`)
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
    try {
      return await look(this.dir)
    } finally {
      writeFileSync(path, text)
    }
  }

  remove() {
    rmSync(join(this.dir, '..'), { recursive: true, force: true })
  }
}
