import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runLogged, step } from './steps.mjs'

const programs = [
  { anyOf: ['mariadbd', 'mysqld'], package: 'mariadb-server' },
  { anyOf: ['mariadb-install-db', 'mysql_install_db'], package: 'mariadb-server' },
  { anyOf: ['redis-server'], package: 'redis-server' },
  { anyOf: ['nginx'], package: 'nginx-light' },
  { anyOf: ['ffmpeg'], package: 'ffmpeg' },
  { file: '/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf', package: 'fonts-dejavu-core' },
]
const testPrograms = [
  { anyOf: ['chromium', 'chromium-browser', 'google-chrome'], package: 'chromium' },
  { file: '/usr/share/fonts/opentype/noto', package: 'fonts-noto-cjk' },
]

const loadPrograms = [
  { anyOf: ['wrk'], package: 'wrk' },
  { anyOf: ['taskset'], package: 'util-linux' },
]
/** Any Java from 17 on runs Kafka. */
const kafkaPrograms = [{ anyOf: ['java'], package: 'openjdk-17-jre-headless', or: 'openjdk-21-jre-headless' }]
/** Prometheus itself, to check rules and to see them fire; nothing of the platform needs it. */
const watchPrograms = [
  { anyOf: ['promtool'], package: 'prometheus' },
  { anyOf: ['prometheus'], package: 'prometheus' },
]
const moreFor = {
  test: [...testPrograms, ...kafkaPrograms, ...watchPrograms],
  load: loadPrograms,
  kafka: kafkaPrograms,
  watch: watchPrograms,
}

/** Programs of the distribution: installed when we may, named with the command to run when we may not. */
export async function installPackages(goal) {
  const wanted = goal === 'check' ? watchPrograms : [...programs, ...(moreFor[goal] ?? [])]
  const absent = wanted.filter((item) => !present(item))
  if (absent.length === 0) return
  const names = (choose) => [...new Set(absent.map(choose))]
  const missing = names((item) => item.package)
  const installing = (packages) => `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  const byHand = `apt-get update && ${installing(missing)}`
  if (process.getuid?.() !== 0 || !find('apt-get')) {
    throw new Error(`These programs are missing: ${missing.join(', ')}.\n  mend: as root, run: ${byHand}`)
  }
  await withoutServices(async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await step('updating the list of packages', 'apt-get update', () =>
      runLogged('apt-update', 'apt-get', ['update'], { env }),
    )
    const there = names((item) => (item.or && !isOffered(item.package) ? item.or : item.package))
    await step(`installing ${there.join(', ')}`, byHand, () =>
      runLogged('apt-install', 'apt-get', installing(there).split(' ').slice(1), { env }),
    )
  })
  const still = wanted.filter((item) => !present(item)).map((item) => item.package)
  if (still.length > 0)
    throw new Error(`After installing, these are still missing: ${still.join(', ')}.\n  mend: ${byHand}`)
}

const folders = () => [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin']
const find = (name) => folders().some((folder) => existsSync(join(folder, name)))
/** Whether this release of the distribution has a package: which Java it has differs from one to the next. */
const isOffered = (name) =>
  /Candidate: (?!\(none\))/.test(spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' }).stdout)
const present = ({ anyOf, file }) => (anyOf ? anyOf.some(find) : existsSync(file))

/** Packages of servers start them when they are installed; this policy says no for as long as `work` runs. */
async function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d'
  const aside = `${policy}.before-gala`
  const had = existsSync(policy)
  if (had) renameSync(policy, aside)
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await work()
  } finally {
    rmSync(policy, { force: true })
    if (had) renameSync(aside, policy)
  }
}
