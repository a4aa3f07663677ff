/** Who may import whom. Each rule says what to do instead; a test plants a violation to see that it bites. */
const program = (name) => `^${name}/`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'gateway-via-contract',
      comment: 'The gateway reaches other programs through workflows/contract; move the shared type there.',
      severity: 'error',
      from: { path: program('gateway') },
      to: { path: '^(workflows|slack-app|infra|test)/', pathNot: '^workflows/(contract|evidence)/' },
    },
    {
      name: 'contract-is-pure',
      comment: 'workflows/contract imports itself and Temporal message definitions only: it runs everywhere.',
      severity: 'error',
      from: { path: '^workflows/contract/' },
      to: { pathNot: '^workflows/contract/|^node_modules/@temporalio/(workflow|common)/' },
    },
    {
      name: 'sandbox-is-deterministic',
      comment: 'workflows/sandbox is replayed: it may import contract and @temporalio/workflow, and nothing else.',
      severity: 'error',
      from: { path: '^workflows/sandbox/' },
      to: { pathNot: '^workflows/(sandbox|contract)/|^node_modules/@temporalio/(workflow|common)/' },
    },
    {
      name: 'sandbox-reaches-no-node',
      comment: 'Something that workflow code imports pulls a Node built-in into the sandbox; break the chain.',
      severity: 'error',
      from: { path: '^workflows/(sandbox|contract)/' },
      to: { reachable: true, path: '^workflows/(activities|evidence)/|^gateway/|^slack-app/' },
    },
    {
      name: 'activities-stay-home',
      comment: 'Workflow programs know nothing of the gateway or of Slack; put what crosses into contract.',
      severity: 'error',
      from: { path: '^workflows/(activities|evidence|main|settings)' },
      to: { path: '^(gateway|slack-app|infra|test)/' },
    },
    {
      name: 'slack-app-via-contract',
      comment: 'slack-app imports workflows/contract only; it holds a token and must hold nothing else.',
      severity: 'error',
      from: { path: program('slack-app') },
      to: { path: '^(gateway|workflows|infra|test)/', pathNot: '^workflows/contract/' },
    },
    {
      name: 'nobody-imports-infra',
      comment: 'infra is how the product is run; the product does not depend on it.',
      severity: 'error',
      from: { path: '^(gateway|workflows|slack-app)/' },
      to: { path: '^(infra|test)/' },
    },
    {
      name: 'upstreams-in-one-place',
      comment:
        'Only gateway/forward/upstream.ts talks to upstream MCP servers, by exchange.ts over the sockets of upstream-agents.ts.',
      severity: 'error',
      from: { path: program('gateway'), pathNot: '^gateway/forward/(upstream(-agents)?|exchange)\\.ts$' },
      to: { path: '^node_modules/undici/' },
    },
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one thing, or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
