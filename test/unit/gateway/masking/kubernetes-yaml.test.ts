import { describe, expect, it } from 'vitest';
import { createMasker } from '../../../../gateway/masking/masker.ts';

const masker = createMasker();
const mark = '[REDACTED:kubernetes_secret]';

function mask(text: string): string {
  return masker.maskText(text).text;
}

describe('a Kubernetes Secret in YAML', () => {
  it('shows the names of its values and none of the values', () => {
    expect(mask('kind: Secret\nmetadata:\n  name: db\ndata:\n  user: Ym9i\n  tls.key: "eHk="\ntype: Opaque\n')).toBe(
      `kind: Secret\nmetadata:\n  name: db\ndata:\n  user: ${mark}\n  tls.key: "${mark}"\ntype: Opaque\n`,
    );
  });

  it('is found when the kind comes last, and hides blocks of lines', () => {
    expect(mask('stringData:\n  conf: |\n    a = b\n\n    c = d\n  user: bob\nkind: Secret')).toBe(
      `stringData:\n  conf: |\n${mark}\n  user: ${mark}\nkind: Secret`,
    );
  });

  it('leaves the other objects of the file and of a list alone', () => {
    const config = 'kind: ConfigMap\ndata:\n  user: Ym9i\n';
    expect(mask(`${config}---\nkind: Secret\ndata:\n  a: Zm9v\n---\n${config}`)).toBe(
      `${config}---\nkind: Secret\ndata:\n  a: ${mark}\n---\n${config}`,
    );
    const item = (kind: string, value: string): string => `- data:\n    a: ${value}\n  kind: ${kind}\n`;
    expect(mask(`items:\n${item('Secret', 'Zm9v')}${item('ConfigMap', 'Zm9v')}${item('Secret', 'YmFy')}`)).toBe(
      `items:\n${item('Secret', mark)}${item('ConfigMap', 'Zm9v')}${item('Secret', mark)}`,
    );
  });

  it('is masked once', () => {
    const once = mask('kind: Secret\ndata:\n  a: Zm9v\n  b: |\n    x y\n');
    expect(mask(once)).toBe(once);
  });
});
