import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../../../..')
const binDir = join(root, 'node_modules/.bin')

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

export const sum = (all: readonly Counts[]): Counts =>
  all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }))

/** Runs a tool of the workspace; its output is shown when it fails. One check, passed or failed. */
export async function tool(name: string, file: string, args: readonly string[]): Promise<Counts> {
  const startedMs = performance.now()
  const { code, output } = await run(join(binDir, file), args, {}, false, toolWithinMs)
  const tookS = ((performance.now() - startedMs) / 1000).toFixed(1)
  process.stderr.write(`${code === 0 ? '  ✓' : '  ✗'} ${name} (${tookS} s)\n`)
  if (code !== 0) process.stderr.write(`${output}\n`)
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

const toolWithinMs = 15 * 60_000
/** Three times what all suites take on two cores: whoever waits for the last line gets one, with what was seen until then. */
const suitesWithinMs = 60 * 60_000

/** Runs jest projects and counts their tests. A suite that cannot run, or suites that do not end, count as one failure. */
export async function jest(
  projects: readonly string[],
  args: readonly string[],
  env: Record<string, string>,
): Promise<Counts> {
  const outputFile = join(root, '.gala', `jest-${projects.join('-')}.json`)
  rmSync(outputFile, { force: true })
  const all = [
    join(root, 'node_modules/jest/bin/jest.js'),
    '--selectProjects',
    ...projects,
    '--json',
    `--outputFile=${outputFile}`,
  ]
  const { code } = await run(
    process.execPath,
    [...all, ...args],
    { NODE_OPTIONS: '--experimental-vm-modules --no-warnings', ...env },
    true,
    suitesWithinMs,
  )
  try {
    const result = JSON.parse(readFileSync(outputFile, 'utf8')) as Record<string, number>
    const count = (name: string) => result[name] ?? 0
    const failed = count('numFailedTests') + count('numRuntimeErrorTestSuites')
    return {
      passed: count('numPassedTests'),
      failed: failed || (code === 0 ? 0 : 1),
      skipped: count('numPendingTests'),
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

async function run(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  show: boolean,
  withinMs: number,
) {
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, PATH: `${binDir}${delimiter}${process.env['PATH'] ?? ''}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    // With --json jest prints its result on stdout as well; the file has it.
    if (!show) output += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    if (show) process.stderr.write(chunk)
    else output += chunk
  })
  const code = await new Promise<number>((done) => {
    const late = setTimeout(() => {
      process.stderr.write(`  ${args[0]} did not end within ${withinMs / 60_000} min: ended\n`)
      child.kill('SIGKILL')
      // What it has started may hold its pipes open.
      done(1)
    }, withinMs)
    child.on('error', (error) => {
      output += error.message
      done(1)
    })
    child.on('close', (status) => {
      clearTimeout(late)
      done(status ?? 1)
    })
  })
  return { code, output }
}
