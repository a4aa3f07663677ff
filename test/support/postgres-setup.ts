import type { TestProject } from 'vitest/node';
import { createTemplate, startServer } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser connection of the server that all integration tests of a run share. */
    postgresAdminUrl: string;
  }
}

/** One PostgreSQL for the whole integration run, with a template that test files clone. */
export default async function setUpPostgres(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  await createTemplate(server.adminUrl);
  project.provide('postgresAdminUrl', server.adminUrl);
  return () => server.destroy();
}
