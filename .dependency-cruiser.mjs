/** The line of `docs/ARCHITECTURE.md`: a package may import only packages to its left. */
const line = ['kernel', 'contracts', 'resilience', 'bus', 'cache', 'database', 'escrow', 'rooms', 'eventlog', 'runtime']

const rightOf = (name) => line.slice(line.indexOf(name) + 1)

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'Whatever is in a cycle is one thing.',
      from: {},
      to: { circular: true },
    },
    ...line.slice(0, -1).map((name) => ({
      name: `left-of-${name}`,
      severity: 'error',
      comment: `${name} stands left of what it imports.`,
      from: { path: `^libs/${name}/` },
      to: { path: rightOf(name).map((right) => `^libs/${right}/`) },
    })),
    {
      name: 'lib-to-app',
      severity: 'error',
      comment: 'Libraries know no app.',
      from: { path: '^libs/' },
      to: { path: ['^apps/', '^test/'] },
    },
    {
      name: 'app-to-app',
      severity: 'error',
      comment: 'Apps talk over the wire.',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'app-to-test',
      severity: 'error',
      comment: 'What ships does not need what proves it.',
      from: { path: '^apps/' },
      to: { path: '^test/' },
    },
    {
      name: 'web-only-through-sdk',
      severity: 'error',
      comment: 'The pages talk through the SDK.',
      from: { path: '^apps/web/' },
      to: { path: '^libs/', pathNot: '^libs/(sdk|contracts)/' },
    },
    {
      name: 'sdk-only-contracts',
      severity: 'error',
      comment: 'The SDK runs in browsers.',
      from: { path: '^libs/sdk/', pathNot: ['\\.test\\.ts$', '^libs/sdk/src/(room|pingbacks)/testing/'] },
      to: { path: ['^libs/(?!sdk|contracts)'] },
    },
    {
      name: 'no-deep-import',
      severity: 'error',
      comment: 'Packages are entered by their exports.',
      from: { path: '^(libs|apps|test)/([^/]+)/' },
      to: {
        path: '^libs/([^/]+)/src/',
        pathNot: [
          '^libs/[^/]+/src/(index|testing|conformance)\\.ts$',
          '^libs/sdk/src/(room|pingbacks)/index\\.ts$',
          '^$1/$2/',
        ],
      },
    },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)(node_modules|dist|\\.gala)/', '^test/tidy/planted/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['gala:source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.css'],
    },
  },
}
