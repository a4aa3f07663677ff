import type { Connection } from '../config/config.ts';
import type { ToolPin } from '../screen/pins/tool-pin.ts';
import { annotationHints, type AnnotationHint, type ToolAnnotations } from './judge-input.ts';

/** PURE. What is known of a tool by its pin, and whether it may allow a call; undefined when nothing is. */
export function annotationsOf(
  { trustAnnotations }: Pick<Connection, 'trustAnnotations'>,
  pin: ToolPin | undefined,
): ToolAnnotations | undefined {
  if (pin?.hints === undefined) return undefined;
  return { hints: pin.hints, trusted: trustAnnotations && pin.accepted };
}

/** PURE. The hints in a tool's definition (MCP server/tools, `annotations`). What is no truth value is no hint. */
export function hintsOf(definition: Readonly<Record<string, unknown>> | undefined): ToolAnnotations['hints'] {
  const annotations = definition?.['annotations'];
  if (typeof annotations !== 'object' || annotations === null) return {};
  const hints: Partial<Record<AnnotationHint, boolean>> = {};
  for (const hint of annotationHints) {
    const value = (annotations as Readonly<Record<string, unknown>>)[hint];
    if (typeof value === 'boolean') hints[hint] = value;
  }
  return hints;
}
