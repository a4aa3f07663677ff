import { fetchAccessToken } from './access-token.ts';
import { DEFAULT_PORT_BASE } from './ports.ts';
import { readWorldFile } from './world-file.ts';
import { locateHome } from './world-home.ts';

/** `npm run --silent token -- CLIENT CONNECTION`: an access token of the running world, for clients tried by hand. */
const [client, connection] = process.argv.slice(2);
const { worldFile } = locateHome(Number(process.env['COUNTERSIGN_PORT_BASE'] ?? DEFAULT_PORT_BASE), undefined);
try {
  if (client === undefined || connection === undefined)
    throw new Error('Say for whom: npm run token -- ci-deployer ops');
  process.stdout.write(`${await fetchAccessToken(readWorldFile(worldFile), client, connection)}\n`);
} catch (error) {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const says = missing ? 'No world is running here; start one with npm start.' : (error as Error).message;
  process.stderr.write(`${says}\n`);
  process.exit(1);
}
