import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { functionsOf } from './functions.ts';

export interface ApiPath {
  /** As the contract writes it, `/v1/leads/{id}`. */
  readonly path: string;
  /** Name of the one function that answers every method on it. */
  readonly functionName: string;
}

const shapeOf = (path: string): string => path.replace(/\{[^}]*\}/g, '{}');

/**
 * Every distinct path of the contract with the function that owns it, in order of path.
 * @throws Error when two functions claim a path, when two paths differ in parameter names alone (API Gateway would refuse the second), and when
 * `servedBy` names no function of the service.
 */
export const apiPaths = (services: readonly ServiceDeclaration[]): readonly ApiPath[] => {
  const byShape = new Map<string, ApiPath>();
  for (const service of services) {
    const names = new Set(functionsOf(service).map(({ name }) => name));
    for (const [operation, { path, servedBy }] of Object.entries(service.routes)) {
      const functionName = `${service.name}-${servedBy ?? 'http'}`;
      if (!names.has(functionName)) throw new Error(`${operation} is served by ${functionName}, which ${service.name} does not declare.`);
      const known = byShape.get(shapeOf(path));
      if (known && (known.path !== path || known.functionName !== functionName)) {
        throw new Error(`${path} of ${functionName} collides with ${known.path} of ${known.functionName}.`);
      }
      byShape.set(shapeOf(path), { path, functionName });
    }
  }
  return [...byShape.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
};
