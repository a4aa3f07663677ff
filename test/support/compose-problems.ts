import { needsOf, startOrder, type ComposeFile, type ComposeService } from './compose-file.ts';
import type { ImageStage } from './dockerfile.ts';

/** What a service may be set to out of the box: words that say what they are, and that no scanner takes for secrets. */
const trialValue = /^(countersign-[a-z-]+|xoxb-trial|trial-signing-secret)$/;
const secretName = /(PASSWORD|PWD|SECRET|TOKEN)$/;
const passwordInUrl = /:\/\/[^:/]+:([^@]+)@/;

export interface Surroundings {
  readonly stages: readonly ImageStage[];
  /** Whether a path relative to the file exists. */
  readonly exists: (path: string) => boolean;
}

/** What in a well-formed file refers to nothing, contradicts itself, or does not belong there. */
export function findProblems(file: ComposeFile, surroundings: Surroundings): readonly string[] {
  const named = Object.entries(file.services);
  const problems = named.flatMap(([name, service]) =>
    [
      ...needProblems(file, service),
      ...buildProblems(service, surroundings),
      ...volumeProblems(file, service, surroundings),
      ...secretProblems(service),
    ].map((problem) => `${name}: ${problem}`),
  );
  try {
    startOrder(file);
  } catch (error) {
    problems.push((error as Error).message);
  }
  const published = named.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
  if (new Set(published).size !== published.length) problems.push('a port is published twice');
  const mounted = new Set(named.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0])));
  for (const volume of Object.keys(file.volumes)) if (!mounted.has(volume)) problems.push(`nobody mounts ${volume}`);
  return problems;
}

function* needProblems({ services }: ComposeFile, service: ComposeService): Generator<string> {
  for (const [key, condition] of Object.entries(needsOf(service))) {
    const needed = services[key];
    if (needed === undefined) yield `needs ${key}, which is no service`;
    else if (condition === 'service_healthy' && needed.healthcheck === undefined) {
      yield `waits for the health of ${key}, which has no check`;
    } else if (condition === 'service_completed_successfully' && !isJob(needed)) {
      yield `waits for the end of ${key}, which is started again whenever it ends`;
    }
  }
  if (service.network_mode !== undefined && service.ports !== undefined) yield 'publishes ports of another network';
}

function isJob({ restart = 'no' }: ComposeService): boolean {
  return restart === 'no' || restart.startsWith('on-failure');
}

function* buildProblems({ build }: ComposeService, { stages, exists }: Surroundings): Generator<string> {
  if (build === undefined) return;
  if (!exists(build.dockerfile)) yield `is built by ${build.dockerfile}, which is not there`;
  if (!stages.some(({ name }) => name === build.target)) yield `is built to ${build.target}, which is no stage`;
}

function* volumeProblems(file: ComposeFile, service: ComposeService, { exists }: Surroundings): Generator<string> {
  for (const volume of service.volumes ?? []) {
    const source = volume.split(':')[0] ?? '';
    if (source.startsWith('./') ? !exists(source) : !(source in file.volumes))
      yield `mounts ${source}, which is not there`;
  }
}

function* secretProblems({ environment = {} }: ComposeService): Generator<string> {
  for (const [key, value] of Object.entries(environment)) {
    const password = passwordInUrl.exec(value)?.[1];
    if (secretName.test(key) && !trialValue.test(value)) yield `${key} is more than a trial's default`;
    if (password !== undefined && !trialValue.test(password))
      yield `the password in ${key} is more than a trial's default`;
  }
}
