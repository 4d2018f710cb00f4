import { at, isObject, type Json, parseJson } from './json.ts';
import type { TargetModel } from './model.ts';

/** `$`, `$.detail.metadata.eventId`, `$.resources[0]`, `$.detail['a.b']`: what EventBridge takes of JSONPath. */
const selectPath = (event: Json, path: string): Json | undefined => {
  if (!path.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  for (const [, dotted, quoted, index] of path.slice(1).matchAll(/\.([^.[\]]+)|\[['"]([^'"]*)['"]\]|\[(\d+)\]/g)) {
    steps.push(index === undefined ? (dotted ?? quoted ?? '') : Number(index));
  }
  return at(event, ...steps);
};

const placeholder = /<([A-Za-z0-9_.-]+)>/g;

interface Reserved {
  readonly ruleArn: string;
  readonly ruleName: string;
}

const insideString = (value: Json | undefined): string =>
  value === undefined
    ? ''
    : typeof value === 'string'
      ? JSON.stringify(value).slice(1, -1)
      : JSON.stringify(JSON.stringify(value)).slice(1, -1);

/**
 * Lays values into a template. In a JSON template a placeholder between quotes becomes part of the string, one outside is replaced by the
 * value as JSON; a value that the event does not have is empty between quotes, else null.
 */
const fill = (template: string, lookUp: (name: string) => Json | undefined): string => {
  let out = '';
  let inString = false;
  for (let position = 0; position < template.length; ) {
    placeholder.lastIndex = position;
    const found = template[position] === '<' ? placeholder.exec(template) : null;
    if (found !== null && found.index === position) {
      const value = lookUp(found[1] ?? '');
      out += inString ? insideString(value) : JSON.stringify(value ?? null);
      position += found[0].length;
      continue;
    }
    const character = template[position] ?? '';
    if (character === '\\' && inString) {
      out += template.slice(position, position + 2);
      position += 2;
      continue;
    }
    if (character === '"') inString = !inString;
    out += character;
    position += 1;
  }
  return out;
};

/** What a target is given for an event (JSON text), as JSON text: the event, a part of it, constant text, or a template filled from it. */
export const targetInput = (target: TargetModel, eventText: string, reserved: Reserved): string => {
  if (target.input !== undefined) return target.input;
  if (target.inputPath === undefined && target.inputTransformer === undefined) return eventText;
  const event = parseJson(eventText);
  if (target.inputPath !== undefined) return JSON.stringify(selectPath(event, target.inputPath) ?? {});
  if (target.inputTransformer === undefined) return eventText;
  const { paths, template } = target.inputTransformer;
  const ingestionTime = isObject(event) ? event.time : undefined;
  return fill(template, (name) => {
    switch (name) {
      case 'aws.events.event.json':
        return event;
      case 'aws.events.event': {
        if (!isObject(event)) return event;
        const { detail: _detail, ...others } = event;
        return others;
      }
      case 'aws.events.rule-arn':
        return reserved.ruleArn;
      case 'aws.events.rule-name':
        return reserved.ruleName;
      case 'aws.events.event.ingestion-time':
        return ingestionTime;
      default: {
        const path = paths[name];
        return path === undefined ? undefined : selectPath(event, path);
      }
    }
  });
};
