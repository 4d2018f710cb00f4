import type { RouteModel } from './model.ts';

export interface RouteMatch {
  readonly route: RouteModel;
  /** Values of the path's variables, as in the (decoded) path. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface Parsed {
  readonly route: RouteModel;
  readonly method: string;
  readonly segments: readonly string[];
  readonly greedy: boolean;
  /** Sorts the most specific first: literal, variable, greedy variable, segment by segment. */
  readonly rank: string;
}

const isVariable = (segment: string): boolean => segment.startsWith('{') && segment.endsWith('}');
const isGreedy = (segment: string): boolean => segment.endsWith('+}');

const parse = (route: RouteModel): Parsed | undefined => {
  if (route.key === '$default') return undefined;
  const space = route.key.indexOf(' ');
  const segments = route.key
    .slice(space + 1)
    .split('/')
    .slice(1);
  return {
    route,
    method: route.key.slice(0, space),
    segments,
    greedy: segments.some(isGreedy),
    rank: segments.map((segment) => (isGreedy(segment) ? '2' : isVariable(segment) ? '1' : '0')).join(''),
  };
};

const matchPath = ({ segments }: Parsed, path: readonly string[]): Record<string, string> | undefined => {
  const parameters: Record<string, string> = {};
  for (const [position, segment] of segments.entries()) {
    const actual = path[position];
    if (isGreedy(segment)) {
      const rest = path.slice(position).join('/');
      if (rest === '') return undefined;
      parameters[segment.slice(1, -2)] = rest;
      return parameters;
    }
    if (actual === undefined) return undefined;
    if (isVariable(segment)) {
      if (actual === '') return undefined;
      parameters[segment.slice(1, -1)] = actual;
    } else if (segment !== actual) return undefined;
  }
  return path.length === segments.length ? parameters : undefined;
};

/**
 * An HTTP API's choice of route: a full match before a greedy one before `$default`; among those the most specific path; on one path the
 * method before `ANY` (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
 */
export const routeChooser = (routes: readonly RouteModel[]): ((method: string, path: string) => RouteMatch | undefined) => {
  const ordered = routes
    .flatMap((route) => parse(route) ?? [])
    .sort(
      (a, b) =>
        Number(a.greedy) - Number(b.greedy) ||
        a.rank.localeCompare(b.rank) ||
        b.segments.length - a.segments.length ||
        Number(a.method === 'ANY') - Number(b.method === 'ANY'),
    );
  const fallback = routes.find(({ key }) => key === '$default');
  return (method, path) => {
    const segments = path.split('/').slice(1);
    for (const candidate of ordered) {
      if (candidate.method !== 'ANY' && candidate.method !== method) continue;
      const parameters = matchPath(candidate, segments);
      if (parameters !== undefined) return { route: candidate.route, parameters };
    }
    return fallback === undefined ? undefined : { route: fallback, parameters: {} };
  };
};
