import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Full path of a program. The folders of system programs are looked at too: they are not on an ordinary user's PATH. */
export function program(...names: string[]): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin']
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(existsSync)
    if (found) return found
  }
  throw new Error(`${names.join(' or ')} is not installed; run: npm start, which installs it or prints how`)
}
