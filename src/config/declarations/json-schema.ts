import { z } from 'zod';
import type { Declaration, Declarations } from './declaration.js';
import { dictKeys } from './dict.js';
import { listenerKeys } from './listener.js';
import { fileListKeys, httpListKeys } from './lists.js';
import { logKeys } from './log.js';
import { mapKeys } from './map.js';
import { policyKeys } from './policy.js';
import { serverKeys } from './server.js';
import { embeddedKeys, redisKeys, shardedKeys } from './store.js';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { [keyword: string]: unknown };

/** Texts with a macro: no pattern can tell what they will be. */
const MACRO_PATTERN = '%\\{.+\\}%';

const listSchema: JsonSchema = {
  type: 'object',
  description: 'Static list: key, or glob with * and ?, to value.',
  additionalProperties: { $ref: '#/definitions/entry' },
};

/** The JSON Schema (draft 7) of a configuration, for editors: what `lookupd schema` prints. */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'lookupd configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      store: named('Where the data is.', {
        anyOf: [sectionSchema(redisKeys), sectionSchema(embeddedKeys), sectionSchema(shardedKeys)],
      }),
      lookup: named('Static lists.', listSchema),
      'file-lookup': named('Lists in files.', sectionSchema(fileListKeys)),
      'http-lookup': named('Lists that are fetched.', sectionSchema(httpListKeys)),
      map: named('What mail servers ask for by name.', sectionSchema(mapKeys)),
      policy: named('What is decided about mail on its way.', {
        anyOf: Object.values<Declarations>(policyKeys).map(sectionSchema),
      }),
      dict: named('What Dovecot asks for by name.', sectionSchema(dictKeys)),
      server: serverSchema(),
      log: sectionSchema(logKeys),
    },
    definitions: {
      entry: {
        description: 'A key with dots may stand without quotes: its parts are nested tables then.',
        anyOf: [
          { type: ['string', 'number', 'boolean'] },
          { type: 'object', additionalProperties: { $ref: '#/definitions/entry' } },
        ],
      },
    },
  };
}

function serverSchema(): JsonSchema {
  const section = sectionSchema(serverKeys);
  section.properties['listener'] = named('Where mail servers connect.', sectionSchema(listenerKeys));
  return section;
}

/** `[name.<id>]`. */
function named(description: string, section: JsonSchema): JsonSchema {
  return { type: 'object', description, additionalProperties: section };
}

function sectionSchema(declarations: Declarations): ObjectSchema {
  const section = emptyObject();
  for (const [key, declaration] of Object.entries(declarations)) {
    const path = key.split('.');
    const parent = path.slice(0, -1).reduce(nestedObject, section);
    parent.properties[path.at(-1)!] = keySchema(declaration);
    if (declaration.kind === 'key' && declaration.required) (parent.required ??= []).push(path.at(-1)!);
  }
  return section;
}

interface ObjectSchema extends JsonSchema {
  readonly type: 'object';
  readonly properties: { [key: string]: JsonSchema };
  required?: string[];
}

function emptyObject(): ObjectSchema {
  return { type: 'object', additionalProperties: false, properties: {} };
}

function nestedObject(parent: ObjectSchema, name: string): ObjectSchema {
  return (parent.properties[name] ??= emptyObject()) as ObjectSchema;
}

function keySchema(declaration: Declaration): JsonSchema {
  switch (declaration.kind) {
    case 'entries':
      return { type: 'object', description: declaration.doc, additionalProperties: { $ref: '#/definitions/entry' } };
    case 'key': {
      const fallback = declaration.fallback === undefined ? {} : { default: declaration.fallback };
      return { description: declaration.doc, ...fallback, ...typeSchema(declaration.type) };
    }
  }
}

function typeSchema(type: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => allowMacros(jsonSchema as JsonSchema),
  });
  return schema;
}

function allowMacros(schema: JsonSchema): void {
  if (typeof schema['pattern'] === 'string') schema['pattern'] = `${schema['pattern']}|${MACRO_PATTERN}`;
  if (schema['type'] !== 'string' || !Array.isArray(schema['enum'])) return;
  const { type, enum: words } = schema;
  schema['anyOf'] = [
    { type, enum: words },
    { type, pattern: MACRO_PATTERN },
  ];
  delete schema['type'];
  delete schema['enum'];
}
