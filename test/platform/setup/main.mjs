// Entry of every npm command. Plain JavaScript without dependencies: it runs on the system's Node, before anything of the
// workspace is installed. It sets up what is missing, then hands over to the compiled program on the pinned Node.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from './set-up.mjs'
import { pinnedNode, root } from './toolchain.mjs'

const drillsOnKafka = ['pipeline']

const commands = {
  start: {
    needs: (args) => (args.includes('--kafka') ? 'kafka' : 'run'),
    entry: 'platform/dist/cli.js',
    help: 'start two data centres and keep them until Ctrl-C; --detach: in the background; --kafka: the event log in Kafka',
  },
  stop: { needs: 'nothing', entry: 'platform/dist/cli.js', help: 'stop what start began' },
  status: {
    needs: 'nothing',
    entry: 'platform/dist/cli.js',
    help: 'how every part is; --json: one JSON object on stdout',
  },
  part: {
    needs: 'nothing',
    entry: 'platform/dist/cli.js',
    help: 'start|stop|kill|pause|resume NAME, or list: one part of the running platform',
  },
  test: {
    needs: 'test',
    entry: 'platform/dist/tasks/test.js',
    help: 'everything: check, then all suites on real parts',
  },
  check: {
    needs: 'check',
    entry: 'platform/dist/tasks/check.js',
    help: 'build, lint, boundaries, dead code, tidy rules, unit tests',
  },
  chaos: {
    needs: 'build',
    entry: 'chaos/dist/cli.js',
    help: 'seeded histories of faults on virtual time: --seed N, --runs K, --rivals, --planted, --json',
  },
  drill: {
    // Some are done on a Kafka as well, one with Prometheus.
    needs: ([drill]) => (drillsOnKafka.includes(drill) ? 'kafka' : drill === 'alerts' ? 'watch' : 'run'),
    entry: 'drills/dist/cli.js',
    help: 'NAME [--json]: breaks parts of a platform of its own and checks the promises; cache',
  },
  bench: {
    // What asks as fast as can be is needed for that alone.
    needs: ([bench]) => (bench === 'http' ? 'load' : 'run'),
    entry: 'bench/dist/cli.js',
    help: 'NAME [--json]: measured side by side with the peers in one run; cache',
  },
  report: {
    needs: 'build',
    entry: 'platform/dist/tasks/report.js',
    help: '--event ID [--from TIME] [--to TIME] [--json]: what an event was like, from the lakes of all data centres',
  },
  generate: {
    needs: 'build',
    entry: 'platform/dist/tasks/generate.js',
    help: 'write docs/reference anew from the code',
  },
}

const usage = () =>
  `usage: npm run COMMAND [-- ARGUMENTS]\n\n${Object.entries(commands)
    .map(([name, { help }]) => `  ${name.padEnd(10)}${help}`)
    .join('\n')}\n`

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if ((args.includes('--help') && !['chaos', 'drill', 'bench'].includes(name)) || name === '--help' || name === 'help') {
  process.stdout.write(usage())
} else if (!command) {
  process.stderr.write(usage())
  process.exitCode = 2
} else if (unknownFlag(name, args)) {
  process.stderr.write(`npm run ${name}: there is no ${unknownFlag(name, args)}\n\n${usage()}`)
  process.exitCode = 2
} else {
  process.exitCode = await run(name, command, args)
}

function unknownFlag(of, given) {
  const known = {
    start: ['--detach', '--kafka'],
    status: ['--json'],
    test: undefined,
    check: [],
    generate: ['--check'],
  }[of]
  return known ? given.find((arg) => !known.includes(arg)) : undefined
}

async function run(name, { needs, entry }, args) {
  const program = join(root, 'test', entry)
  if (needs === 'nothing') {
    if (!existsSync(program)) return answerUnbuilt(name, args)
  } else {
    try {
      await setUp(typeof needs === 'function' ? needs(args) : needs)
    } catch (error) {
      process.stderr.write(`\n${error.message}\n`)
      // Whoever counts is told in the same words as by the program that could not be run.
      if (name === 'test' || name === 'check') process.stdout.write('0 passed, 1 failed\n')
      return 1
    }
  }
  return await handOver(program, entry === 'platform/dist/cli.js' ? [name, ...args] : args)
}

/** Nothing has ever been built here, so nothing can be running. */
function answerUnbuilt(name, args) {
  if (name === 'status' && args.includes('--json')) process.stdout.write('{"ready":false,"dcs":[]}\n')
  else process.stdout.write('nothing is running\n')
  return name === 'stop' || args.includes('--json') ? 0 : 1
}

function handOver(program, args) {
  const child = spawn(pinnedNode(), [program, ...args], { stdio: 'inherit', cwd: root })
  // Ctrl-C reaches the whole foreground group; a signal to this process alone is passed on. The child decides when to end.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}
