import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Runs on Java 17 and Python 3.10 or newer. */
const version = '4.3.0'
const script = join(import.meta.dirname, '../../src/rollups/spark.py')

export interface SparkAnswers {
  version: string
  /** In each table. */
  rows: Record<string, number>
  rollups: Record<string, unknown[][]>
  seconds: Record<string, number>
}

interface SparkTask {
  lake: string
  ddl: string
  tables: readonly string[]
  rollups: Record<string, string>
}

/** A Spark of our own in a folder: fetched once, then found there without a network. @throws with what is missing. */
export async function prepareSpark(dir: string, say: (line: string) => void): Promise<string> {
  const python = join(dir, 'bin/python')
  const stamp = join(dir, `pyspark-${version}`)
  if (
    await access(stamp).then(
      () => true,
      () => false,
    )
  )
    return python
  await has('java', ['-version'], 'the distribution’s package openjdk-17-jre-headless')
  await has('python3', ['-m', 'venv', '--help'], 'the distribution’s packages python3 and python3-venv')
  say(`fetching pyspark ${version}: some 450 MB, once`)
  await rm(dir, { recursive: true, force: true })
  await ran('python3', ['-m', 'venv', dir], join(dir, '..', 'spark.log'))
  const install = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', `pyspark==${version}`]
  await ran(python, install, join(dir, '..', 'spark.log'))
  await writeFile(stamp, '')
  return python
}

/** Starts Spark, makes the external tables and asks. Its metastore is in `work`, and goes with it. */
export async function askSpark(python: string, work: string, task: SparkTask): Promise<SparkAnswers> {
  await mkdir(work, { recursive: true })
  const [file, answers, log] = ['task.json', 'answers.json', 'spark.log'].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ]
  await writeFile(file, JSON.stringify({ ...task, work, answers }))
  await ran(python, [script, file], log, { cwd: work })
  return JSON.parse(await readFile(answers, 'utf8')) as SparkAnswers
}

async function has(program: string, args: string[], what: string): Promise<void> {
  await ran(program, args, '/dev/null').catch(() => {
    throw new Error(`${program} does not run; install ${what}`)
  })
}

async function ran(program: string, args: string[], log: string, more: { cwd?: string } = {}): Promise<void> {
  const out = createWriteStream(log, { flags: 'a' })
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(program, args, { ...more, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.pipe(out, { end: false })
    child.stderr.pipe(out, { end: false })
    child.on('error', reject)
    child.on('close', resolve)
  })
  out.end()
  if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}; see ${log}`)
}
