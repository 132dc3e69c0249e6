import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { until } from './wait.js'

export interface Command {
  file: string
  args: readonly string[]
  cwd?: string
  env?: Record<string, string>
}

interface PidRecord {
  name: string
  pid: number
  startedTicks: string
}

const stopWithinMs = 9_000

/** Field 22 of /proc/PID/stat: with the pid it names a process for good, because pids are used again. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** A program of the platform: in a process group of its own, its output in a log, its pid on disk for whoever comes after a crash. */
export class Process {
  readonly pid: number
  readonly exited: Promise<void>
  alive = true

  constructor(
    readonly name: string,
    command: Command,
    logFile: string,
    private readonly pidFile: string,
  ) {
    mkdirSync(dirname(logFile), { recursive: true })
    const log = openSync(logFile, 'a')
    const child: ChildProcess = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: command.env ?? { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', TZ: process.env['TZ'] ?? 'UTC' },
      stdio: ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    this.exited = new Promise((resolve) => {
      const ended = () => {
        this.alive = false
        rmSync(pidFile, { force: true })
        resolve()
      }
      child.on('exit', ended)
      child.on('error', ended)
    })
    this.pid = child.pid ?? -1
    if (child.pid === undefined) return
    mkdirSync(dirname(pidFile), { recursive: true })
    const record: PidRecord = { name, pid: child.pid, startedTicks: startTicks(child.pid) ?? '' }
    writeFileSync(pidFile, JSON.stringify(record))
  }

  signal(signal: NodeJS.Signals) {
    if (this.alive && this.pid > 0) signalGroup(this.pid, signal)
  }

  /** Asks with `signal`, then ends it; resolves when it is gone. */
  async stop(signal: NodeJS.Signals) {
    if (!this.alive) return
    this.signal('SIGCONT')
    this.signal(signal)
    const timer = setTimeout(() => this.signal('SIGKILL'), stopWithinMs)
    await this.exited
    clearTimeout(timer)
    // Workers of a killed master would otherwise stay behind.
    signalGroup(this.pid, 'SIGKILL')
    rmSync(this.pidFile, { force: true })
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export const isAlive = (pid: number, ticks: string) => startTicks(pid) === ticks
export const ticksOf = (pid: number) => startTicks(pid) ?? ''

/** Ends what an earlier run left behind after a crash of its starter. Returns the names. */
export async function endOrphans(runDir: string): Promise<string[]> {
  if (!existsSync(runDir)) return []
  const ended: string[] = []
  for (const file of readdirSync(runDir).filter((name) => name.endsWith('.json'))) {
    const path = join(runDir, file)
    const { name, pid, startedTicks } = JSON.parse(readFileSync(path, 'utf8')) as PidRecord
    if (isAlive(pid, startedTicks)) {
      signalGroup(pid, 'SIGCONT')
      signalGroup(pid, 'SIGTERM')
      const gone = () => !isAlive(pid, startedTicks)
      await until(gone, name, stopWithinMs).catch(() => signalGroup(pid, 'SIGKILL'))
      await until(gone, `${name} (pid ${pid}) does not end`, 5_000)
      signalGroup(pid, 'SIGKILL')
      ended.push(name)
    }
    rmSync(path, { force: true })
  }
  return ended
}

/** Keeps the log of the run before this one under `.1`. */
export function rotateLog(logFile: string) {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`)
}

/** Runs a program to its end. @throws with the tail of its output when it fails. */
export async function runOnce(name: string, command: Command, timeoutMs: number): Promise<string> {
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  })
  let output = ''
  const take = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-8_000)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`${name} failed (${code ?? 'timed out'}):\n${output.trim()}`)
  return output
}
