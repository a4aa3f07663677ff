import { isRecord, textOf, type JsonRecord } from '../records.ts';

/** Where blocks are shown. */
export type Surface = 'message' | 'modal' | 'home';

/** Collects what is wrong, in Slack's own words: the problem, and a JSON pointer to it. */
export class Report {
  readonly problems: string[] = [];

  add(pointer: string, problem: string): void {
    this.problems.push(`[ERROR] ${problem} [json-pointer:${pointer}]`);
  }

  /** A string of at most `max` characters; `required` ones must be there and not empty. */
  string(holder: JsonRecord, name: string, pointer: string, rule: { max: number; required?: boolean }): void {
    const value = holder[name];
    if (value === undefined && rule.required !== true) return;
    if (typeof value !== 'string') {
      this.add(pointer, value === undefined ? `missing required field: ${name}` : `must be a string: ${name}`);
      return;
    }
    if (value === '' && rule.required === true) this.add(`${pointer}/${name}`, 'must be more than 0 characters');
    if (value.length > rule.max) {
      this.add(`${pointer}/${name}`, `must be less than ${String(rule.max + 1)} characters`);
    }
  }

  /** A text object of the composition objects; `plain` refuses mrkdwn. */
  text(value: unknown, pointer: string, rule: { max: number; plain?: boolean }): void {
    if (!isRecord(value)) {
      this.add(pointer, 'must provide a text object');
      return;
    }
    const type = textOf(value['type']);
    if (type !== 'plain_text' && (type !== 'mrkdwn' || rule.plain === true)) {
      this.add(`${pointer}/type`, `unsupported type: ${type ?? 'none'}`);
    }
    this.string(value, 'text', pointer, { max: rule.max, required: true });
  }

  /** A list of `min` to `max` objects; each is handed to `each` with its pointer. */
  list(
    value: unknown,
    pointer: string,
    size: { readonly min: number; readonly max: number },
    each: (item: JsonRecord, pointer: string) => void,
  ): void {
    if (!Array.isArray(value)) {
      this.add(pointer, 'must provide an array');
      return;
    }
    if (value.length < size.min) this.add(pointer, `no fewer than ${String(size.min)} items allowed`);
    if (value.length > size.max) this.add(pointer, `no more than ${String(size.max)} items allowed`);
    for (const [index, item] of value.entries()) {
      const at = `${pointer}/${String(index)}`;
      if (isRecord(item)) each(item, at);
      else this.add(at, 'must be an object');
    }
  }
}
