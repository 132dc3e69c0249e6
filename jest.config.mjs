const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  // Packages export their sources under this condition, so tests need no build and stack traces show real lines.
  testEnvironmentOptions: { customExportConditions: ['gala:source', 'node'] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.gala/'],
  modulePathIgnorePatterns: ['/.gala/'],
}

/**
 * unit: no I/O beyond loopback sockets of its own. real: one lib against real MariaDB and Redis. scenarios: the whole
 * platform. The last two need the platform that `npm test` starts and hands over in GALA_TEST_STATE_DIR.
 */
export default {
  // Long enough for any machine: what a test waits for is a condition, and this is only the end of all patience.
  testTimeout: 60_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['**/src/**/*.test.ts', '<rootDir>/test/tidy/**/*.test.ts'],
      testPathIgnorePatterns: [...common.testPathIgnorePatterns, '\\.real\\.test\\.ts$'],
    },
    { ...common, displayName: 'real', testMatch: ['**/*.real.test.ts'] },
    { ...common, displayName: 'scenarios', testMatch: ['<rootDir>/test/*/src/**/*.scenario.ts'] },
  ],
}
