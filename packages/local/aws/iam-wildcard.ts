/**
 * A matcher for IAM's wildcards: `*` any number of characters, `?` exactly one. Nothing else is special, and everything must match.
 * Patterns without wildcards and those ending in their only `*`, the usual ones, are matched without a regular expression.
 */
export function wildcard(pattern: string, ignoreCase = false): (text: string) => boolean {
  if (ignoreCase) {
    const match = wildcard(pattern.toLowerCase());
    return (text) => match(text.toLowerCase());
  }
  if (pattern === '*') {
    return () => true;
  }
  const star = pattern.search(/[*?]/);
  if (star === -1) {
    return (text) => text === pattern;
  }
  if (star === pattern.length - 1 && pattern.endsWith('*')) {
    const prefix = pattern.slice(0, -1);
    return (text) => text.startsWith(prefix);
  }
  const source = pattern
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^]*')
    .replace(/\?/g, '[^]');
  const expression = new RegExp(`^${source}$`, 'u');
  return (text) => expression.test(text);
}

/** ARNs are compared part by part: a wildcard of one of the first five parts does not reach beyond its colon. */
export function arnLike(pattern: string): (text: string) => boolean {
  const split = (arn: string): string[] => {
    const parts = arn.split(':');
    return [...parts.slice(0, 5), parts.slice(5).join(':')];
  };
  const matchers = split(pattern).map((part) => wildcard(part));
  return (text) => {
    const parts = split(text);
    return matchers.every((matches, index) => matches(parts[index] ?? ''));
  };
}
