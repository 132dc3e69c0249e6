import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const root = resolve(import.meta.dirname, '../..')
/** A small tree that breaks every rule once. */
const planted = join(import.meta.dirname, 'planted')

function run(tool: string, args: string[]): { code: number; output: string } {
  try {
    const output = execFileSync(join(root, 'node_modules/.bin', tool), args, {
      cwd: planted,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    return { code: 0, output }
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string }
    return { code: status, output: stdout }
  }
}

describe('the gates of npm run check bite', () => {
  it('finds each planted break of the package boundaries', () => {
    const { code, output } = run('depcruise', ['--config', join(root, '.dependency-cruiser.mjs'), 'apps', 'libs'])
    expect(code).not.toBe(0)
    for (const rule of ['no-cycle', 'left-of-kernel', 'lib-to-app', 'app-to-app', 'no-deep-import']) {
      expect(output).toContain(`error ${rule}`)
    }
  }, 30_000)

  it('finds a planted export nobody imports', () => {
    const { code, output } = run('knip', [
      '--config',
      join(planted, 'knip.json'),
      '--no-config-hints',
      '--directory',
      planted,
    ])
    expect(code).not.toBe(0)
    expect(output).toContain('nobodyAsksForThis')
  }, 30_000)
})
