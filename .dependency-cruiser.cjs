const tests = '\\.test\\.ts$';
const own = '^services/([^/]+)/';

/** The layers of architecture.md, section "Top level": imports point one way. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'a-service-imports-no-other-service',
      severity: 'error',
      from: { path: own },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    { name: 'packages-import-no-service', severity: 'error', from: { path: '^packages/' }, to: { path: '^(services|infra|test)/' } },
    {
      name: 'contracts-import-nothing-of-ours-but-contracts',
      severity: 'error',
      from: { path: '^packages/contracts/', pathNot: tests },
      to: { path: '^(packages/(?!contracts/)|services/|infra/)' },
    },
    {
      name: 'the-table-knows-no-entity',
      severity: 'error',
      from: { path: '^packages/table/', pathNot: tests },
      to: { path: '^packages/(runtime|local|client|testing|contracts/(resources|records|routes|events))/' },
    },
    {
      name: 'what-is-deployed-does-not-know-the-local-runtime-or-the-tests',
      severity: 'error',
      from: { path: '^(services|packages/(contracts|table|runtime|client))/', pathNot: tests },
      to: { path: '^packages/(local|testing)/' },
    },
    {
      name: 'the-domain-is-pure',
      comment: 'no AWS, no table, no runtime, no node builtin but crypto-free ones: time and ids come in as arguments',
      severity: 'error',
      from: { path: '^services/[^/]+/domain/', pathNot: tests },
      to: { path: '(^packages/(table|runtime|local)/|^services/[^/]+/(store|use-cases|api|events)|node_modules/(@aws|@middy))' },
    },
    {
      name: 'use-cases-do-not-know-their-entry-points',
      severity: 'error',
      from: { path: '^services/[^/]+/(use-cases|store)' },
      to: { path: '^services/[^/]+/(api|events)\\.ts$' },
    },
    {
      name: 'a-declaration-carries-no-code-of-the-service',
      severity: 'error',
      from: { path: '^services/[^/]+/service\\.ts$' },
      to: { path: '^(services/|packages/(?!contracts/))' },
    },
    {
      name: 'infra-sees-declarations-and-environments-only',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^services/', pathNot: '^services/[^/]+/(service|environment)\\.ts$' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^aws-lambda$' } },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(node_modules|cdk\\.out|\\.build)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'], extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
