import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { program } from '@gala/platform'

/** What is measured has a core of its own; whoever asks, and everything else, has the other. */
export const serverCore = 0
export const loadCore = 1

/** Of the kernel's clock that processor time is told in. */
const ticksPerS = 100
const pageBytes = 4_096

/** @throws when there are too few cores to keep the two apart. */
export function needTwoCores() {
  if (availableParallelism() < 2) throw new Error('server and load need a core each, and this machine has only one')
}

/** Moves a running process with all its threads and children; what they start later stays there too. */
export function pin(pid: number, core: number) {
  for (const each of treeOf(pid)) {
    execFileSync(program('taskset'), ['-a', '-c', '-p', String(core), String(each)], { stdio: 'ignore' })
  }
}

/** What was started here and has not ended. */
const running = new Set<ChildProcess>()
let closed = false

/** A program on a core. What it writes to stdout can be read; what it complains of is shown. @throws once all is being ended. */
export function spawnOn(core: number, file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  if (closed) throw new Error('stopped')
  const command = ['-c', String(core), file, ...args]
  const child = spawn(program('taskset'), command, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Ends everything that was started here, politely for a while, and lets nothing more be started. */
export async function endAll() {
  closed = true
  await Promise.all([...running].map(end))
}

async function end(child: ChildProcess) {
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(timer)
}

/** Whatever it wrote until it ended. @throws when it ended badly. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const code = await new Promise((done) => child.once('close', done))
  if (code !== 0) throw new Error(`${child.spawnargs.slice(3, 5).join(' ')} ended with ${code}: ${text.slice(-500)}`)
  return text
}

/** Itself and everything under it. */
function treeOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return [pid, ...children.flatMap(treeOf)]
}

/** Processor time of these and everything under them, in seconds. */
export function cpuS(pids: readonly number[]): number {
  return pids.flatMap(treeOf).reduce((sum, pid) => sum + ticksOf(pid), 0) / ticksPerS
}

/** Memory of these and everything under them; what they share is counted for each. */
export function rssBytes(pids: readonly number[]): number {
  const pages = (pid: number) => Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0)
  return pids.flatMap(treeOf).reduce((sum, pid) => sum + pages(pid), 0) * pageBytes
}

/** Fields 14 and 15 of /proc/PID/stat, counted after the name, which may hold anything. Source: proc_pid_stat(5). */
function ticksOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

/** Empty for a process that has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
