/** What the sample configurations refer to. */
export const sampleEnvironment: NodeJS.ProcessEnv = {
  GATEWAY_URL: 'http://127.0.0.1:7400',
  ISSUER_URL: 'http://127.0.0.1:7430',
  OPS_URL: 'http://127.0.0.1:7440/mcp',
  OPS_MCP_TOKEN: 'an-upstream-token',
  EVERYTHING_URL: 'http://127.0.0.1:7441/mcp',
  SLACK_CHANNEL: 'C1',
  SLACK_TEAM: 'T1',
  COUNTERSIGN_CLIENT_KEY: 'a-key',
  COUNTERSIGN_CLIENT_SECRET: 'a-secret',
};
