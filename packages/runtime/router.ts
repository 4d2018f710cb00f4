import { type IdKind, idPattern, idPrefixes } from '#contracts/core/ids.ts';
import type { Route, Routes } from '#contracts/core/route.ts';

export interface Operation {
  readonly name: string;
  readonly route: Route;
}

export interface Match {
  /** The operations of the path by method. */
  readonly operations: ReadonlyMap<string, Operation>;
  readonly params: Readonly<Record<string, string>>;
  /** False when a path id is of another kind or shape, so that nothing can be there. */
  readonly wellFormed: boolean;
}

interface Path {
  readonly segments: readonly string[];
  readonly operations: Map<string, Operation>;
}

const isParameter = (segment: string): boolean => segment.startsWith('{') && segment.endsWith('}');

const isIdKind = (name: string): name is IdKind => Object.hasOwn(idPrefixes, name);

/** `{leadId}` holds the id of a lead; `{keyId}` that of an API key. Other parameters hold any text. */
const kindOf = (parameter: string): IdKind | undefined => {
  const name = parameter.replace(/Id$/, '');
  if (name === 'key') return 'apiKey';
  return isIdKind(name) ? name : undefined;
};

const fits = (parameter: string, value: string): boolean => {
  const kind = kindOf(parameter);
  return value !== '' && (kind === undefined || idPattern(kind).test(value));
};

/** Literal segments win over parameters, from the left, as in API Gateway. */
const bySpecificity = (a: Path, b: Path): number => {
  for (const [index, segment] of a.segments.entries()) {
    const difference = Number(isParameter(segment)) - Number(isParameter(b.segments[index] ?? ''));
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Finds the operations of a path among those of one function. */
export const createRouter = (routes: Routes): ((path: string) => Match | undefined) => {
  const byPath = new Map<string, Path>();
  for (const [name, route] of Object.entries(routes)) {
    const path = byPath.get(route.path) ?? { segments: route.path.split('/'), operations: new Map<string, Operation>() };
    path.operations.set(route.method, { name, route });
    byPath.set(route.path, path);
  }
  const byLength = Map.groupBy(byPath.values(), (path) => path.segments.length);
  for (const paths of byLength.values()) paths.sort(bySpecificity);

  return (path) => {
    const segments = path.split('/');
    const found = byLength
      .get(segments.length)
      ?.find((candidate) => candidate.segments.every((segment, index) => isParameter(segment) || segment === segments[index]));
    if (found === undefined) return undefined;
    const params = found.segments.flatMap((segment, index) =>
      isParameter(segment) ? [[segment.slice(1, -1), segments[index] ?? ''] as const] : [],
    );
    return {
      operations: found.operations,
      params: Object.fromEntries(params),
      wellFormed: params.every(([name, value]) => fits(name, value)),
    };
  };
};
