import { readAssembly } from '#local/assembly.ts';
import { type AccessCheck, compilePolicy } from '#local/aws/iam.ts';
import type { PolicyStatement } from '#local/aws/types.ts';
import { readApp } from '#local/template.ts';

const place = { region: 'eu-central-1', account: '000000000000', apiUrl: 'https://api.leadline.example' };

/** What a function may do, as its synthesized template says. */
export interface FunctionPolicy {
  /** `intake-http` */
  readonly name: string;
  readonly statements: readonly PolicyStatement[];
  /** Whether it may do this with items of a partition; through an index if one is named. */
  may(action: string, partitionKey: string, index?: string): boolean;
}

/** The policies of all functions of a synthesized stage, and the name of its table. */
export const policiesIn = (
  assemblyDirectory: string,
  stage: string,
): { readonly functions: readonly FunctionPolicy[]; readonly indexes: readonly string[] } => {
  const app = readApp(readAssembly(assemblyDirectory), place);
  const [table] = app.tables;
  if (table === undefined) throw new Error(`stage ${stage} has no table`);
  const declared = table.create.GlobalSecondaryIndexes;
  const indexes = Array.isArray(declared)
    ? declared.map((index) => String(index !== null && typeof index === 'object' && 'IndexName' in index ? index.IndexName : ''))
    : [];
  const functions = app.functions.map(({ name, statements }) => {
    const decide = compilePolicy(statements);
    return {
      name: name.replace(`leadline-${stage}-`, ''),
      statements,
      may: (action: string, partitionKey: string, index?: string) => {
        const check: AccessCheck = {
          action: `dynamodb:${action}`,
          resource: index === undefined ? table.arn : `${table.arn}/index/${index}`,
          context: new Map([['dynamodb:leadingkeys', [partitionKey]]]),
        };
        return decide(check).allowed;
      },
    };
  });
  return { functions, indexes };
};
