import { spawnSync } from 'node:child_process'
import { program } from '@gala/platform'

/** Whether a program is on this machine; `npm run check` installs none. */
export function has(...names: string[]): boolean {
  try {
    program(...names)
    return true
  } catch {
    return false
  }
}

/** Runs a program to its end. Everything it says, and how it ended. */
export function ran(file: string, args: readonly string[], env: Record<string, string> = {}, cwd?: string) {
  const { status, stdout, stderr } = spawnSync(file, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    timeout: 20_000,
    ...(cwd !== undefined && { cwd }),
  })
  return { status, stdout, stderr }
}
