import type { SwaggerTransformObject } from '@fastify/swagger';
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';

const referenceForm = /"#\/components\/schemas\/([^"]+)"/g;

const referencesIn = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(referenceForm)].map((match) => match[1]!);

/** The OpenAPI document with the component schemas that something refers to, and no others. */
export const describeSchemas: SwaggerTransformObject = (input) => {
  const document = jsonSchemaTransformObject(input) as {
    paths: object;
    components?: { schemas?: Record<string, unknown> };
  };
  const schemas = document.components?.schemas ?? {};
  const used = new Set<string>();
  const visit = (names: string[]): void => {
    for (const name of names) {
      if (used.has(name) || !(name in schemas)) continue;
      used.add(name);
      visit(referencesIn(schemas[name]));
    }
  };
  visit(referencesIn(document.paths));
  const kept = Object.entries(schemas)
    .filter(([name]) => used.has(name))
    .sort(([a], [b]) => a.localeCompare(b));
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(kept) } } as never;
};
