/** One `FROM … AS name` of a Dockerfile with what follows it. */
export interface ImageStage {
  readonly name: string;
  /** An earlier stage, or an image with its tag. */
  readonly from: string;
  readonly copies: readonly { readonly stage?: string; readonly sources: readonly string[] }[];
  readonly runs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The exec form; undefined when the stage names none. */
  readonly command: readonly string[] | undefined;
}

/** Reads the instructions our Dockerfile uses (one a line, exec form) and throws at any other. */
export function parseDockerfile(text: string): readonly ImageStage[] {
  const stages: Stage[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, instruction = '', rest = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    const stage = stages.at(-1);
    if (instruction === 'FROM') {
      const [, from = '', name = ''] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
      stages.push({ name, from, copies: [], runs: [], env: {}, command: undefined });
    } else if (stage === undefined || !readInstruction(stage, instruction, rest)) {
      throw new Error(`This line of the Dockerfile is not understood: ${line}`);
    }
  }
  return stages;
}

type Stage = { -readonly [K in keyof ImageStage]: ImageStage[K] };

function readInstruction(stage: Stage, instruction: string, rest: string): boolean {
  if (instruction === 'COPY') {
    const [, from, paths = ''] = /^(?:--from=(\S+) )?([^-].*)$/.exec(rest) ?? [];
    const sources = paths.split(' ').slice(0, -1);
    stage.copies = [...stage.copies, from === undefined ? { sources } : { stage: from, sources }];
    return sources.length > 0;
  }
  if (instruction === 'ENV') {
    const [, key = '', value = ''] = /^(\w+)=(\S+)$/.exec(rest) ?? [];
    stage.env = { ...stage.env, [key]: value };
    return key !== '';
  }
  if (instruction === 'CMD') stage.command = JSON.parse(rest) as string[];
  if (instruction === 'RUN') stage.runs = [...stage.runs, rest];
  return ['RUN', 'CMD', 'WORKDIR', 'USER'].includes(instruction);
}

/** A stage and the stages it is built from, itself last. */
export function stageChain(stages: readonly ImageStage[], name: string): readonly ImageStage[] {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? [] : [...stageChain(stages, stage.from), stage];
}

/** What the image of a stage sets for every program in it. */
export function stageEnv(stages: readonly ImageStage[], name: string): Readonly<Record<string, string>> {
  return Object.assign({}, ...stageChain(stages, name).map(({ env }) => env)) as Record<string, string>;
}
