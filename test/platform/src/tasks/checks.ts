import { type Counts, jest, sum, tool } from './run-task.js'

/** Everything that needs no platform: lint, boundaries, dead code, generated pages, tidy rules and unit tests. */
export async function runChecks(): Promise<Counts> {
  const lint = tool('lint and format', 'biome', ['ci', '--colors=off', '--error-on-warnings', '.'])
  const boundaries = tool('package boundaries', 'depcruise', [
    '--config',
    '.dependency-cruiser.mjs',
    'apps',
    'libs',
    'test',
  ])
  const dead = tool('dead code', 'knip', ['--no-config-hints'])
  const generated = tool('generated reference', 'node', ['test/platform/dist/tasks/generate.js', '--check'])
  const first = sum(await Promise.all([lint, boundaries, dead, generated]))
  return sum([first, await jest(['unit'], ['--maxWorkers=100%'], {})])
}
