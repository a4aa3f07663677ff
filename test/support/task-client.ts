import { eventually } from './eventually.ts';
import { ModernClient, type JsonObject } from './modern-client.ts';

const declared = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

/** A task as `tasks/get` tells it. */
export interface TaskView extends JsonObject {
  readonly taskId: string;
  readonly status: string;
  readonly statusMessage?: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: number | null;
  readonly pollIntervalMs?: number;
  readonly result?: JsonObject;
  readonly error?: { readonly code: number };
}

/** A client that declares the Tasks extension and polls, by hand. */
export class TaskClient {
  readonly raw: ModernClient;

  constructor(url: string, token: string, capabilities: JsonObject = {}) {
    this.raw = new ModernClient(url, token, { ...capabilities, ...declared });
  }

  /** Calls a tool that is expected to become a task. */
  async start(name: string, args: JsonObject): Promise<TaskView> {
    const result = await this.raw.callTool(name, args);
    if (result['resultType'] !== 'task') throw new Error(`no task: ${JSON.stringify(result)}`);
    return result as TaskView;
  }

  async get(taskId: string): Promise<TaskView> {
    return (await this.ask('tasks/get', taskId)) as TaskView;
  }

  /** The result of a request about a task. Throws on a JSON-RPC error. */
  async ask(method: string, taskId: string, more: JsonObject = {}): Promise<JsonObject> {
    const { message } = await this.raw.request(method, { taskId, ...more }, taskId);
    if (message['error'] !== undefined) throw new Error(JSON.stringify(message['error']));
    return message['result'] as JsonObject;
  }

  /** Polls until the task is over. */
  settled(taskId: string, deadlineMs = 60_000): Promise<TaskView> {
    return eventually(
      `task ${taskId} is over`,
      async () => {
        const task = await this.get(taskId);
        return task.status === 'working' ? undefined : task;
      },
      deadlineMs,
    );
  }
}
