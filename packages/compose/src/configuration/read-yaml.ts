import type { FireCampError, Json } from '@firecamp/core';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import {
  DOCUMENT_BYTES_MAX,
  type Document,
  documentFault,
  documentOf,
  type Parsed,
  type Path,
  type Place,
  pathText,
} from './document.ts';

/** How deep groups and lists may stand in each other. */
const DEPTH_MAX = 32;

/** Which keys no object may get, since the language gives them a meaning of their own. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads one YAML 1.2 document, of which JSON is a part.
 *
 * @param file - how messages name it.
 * @throws `INVALID_ARGUMENT` - it is not UTF-8, not YAML, too large or too deep; it has a key
 *   twice, an alias, a tag, a key that is not a text, or a number that JSON cannot hold.
 */
export function readYaml(file: string, bytes: Uint8Array): Document {
  return documentOf(file, parseYaml(file, bytes));
}

/** What {@link readYaml} makes a document of. */
export function parseYaml(file: string, bytes: Uint8Array): Parsed {
  const atStart = { file, place: () => ({ line: 1, column: 1 }) };
  if (bytes.length > DOCUMENT_BYTES_MAX) {
    const what = `is ${bytes.length} bytes long, at most ${DOCUMENT_BYTES_MAX}`;
    throw documentFault(atStart, [], what);
  }
  return new YamlReader(file, decoded(bytes, atStart)).read();
}

function decoded(bytes: Uint8Array, atStart: Pick<Document, 'file' | 'place'>): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw documentFault(atStart, [], 'is not a text in UTF-8', cause);
  }
}

/** The parser's words, where there are no better ones. */
function yamlFault({ code, message }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'this key is there a second time';
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; a file holds one';
  if (message.startsWith('Maximum call stack')) {
    return `is nested more than ${DEPTH_MAX} levels deep`;
  }
  return `is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`;
}

class YamlReader {
  readonly #file: string;
  readonly #text: string;
  readonly #lines: LineCounter = new LineCounter();
  readonly #places: Map<string, Place> = new Map<string, Place>();

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lines.addNewLine(0);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.#lines.addNewLine(at + 1);
    }
  }

  read(): Parsed {
    const parsed = parseDocument(this.#text, {
      version: '1.2',
      schema: 'core',
      prettyErrors: false,
      // A second document is refused only where this is not `silent`.
      logLevel: 'error',
    });
    const fault = parsed.errors[0] ?? parsed.warnings[0];
    if (fault !== undefined) throw this.#faultAt(fault.pos[0], [], yamlFault(fault));
    this.#places.set('', { line: 1, column: 1 });
    const value = parsed.contents === null ? null : this.#value(parsed.contents, []);
    return { value, places: this.#places };
  }

  #value(node: Node, path: Path): Json {
    if (path.length > DEPTH_MAX) {
      throw this.#fault(node, path, `is nested more than ${DEPTH_MAX} levels deep`);
    }
    if (!this.#places.has(pathText(path))) this.#places.set(pathText(path), this.#placeOf(node));
    if (isAlias(node)) throw this.#fault(node, path, 'is an alias: write the value itself');
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) {
      throw this.#fault(node, path, `has the tag ${node.tag}, which means nothing here`);
    }
    if (isMap(node)) return this.#group(node, path);
    if (isSeq(node)) {
      return node.items.map((item, index) => this.#item(item, [...path, index]));
    }
    if (isScalar(node)) return this.#scalar(node, node.value, path);
    throw this.#fault(node, path, 'is nothing that a configuration can hold');
  }

  #item(item: unknown, path: Path): Json {
    return isNode(item) ? this.#value(item, path) : null;
  }

  #group(map: YAMLMap, path: Path): Json {
    const made: Record<string, Json> = {};
    for (const pair of map.items) {
      const key = this.#key(pair, map, path);
      const at = [...path, key];
      if (isNode(pair.key)) this.#places.set(pathText(at), this.#placeOf(pair.key));
      made[key] = this.#item(pair.value, at);
    }
    return made;
  }

  #key(pair: Pair, map: YAMLMap, path: Path): string {
    const node = isNode(pair.key) ? pair.key : map;
    const key = isScalar(pair.key) ? pair.key.value : null;
    if (typeof key !== 'string' && typeof key !== 'number') {
      throw this.#fault(node, path, 'has a key that is not a text');
    }
    if (FORBIDDEN_KEYS.has(String(key))) {
      throw this.#fault(node, path, `the key ${key} is not allowed`);
    }
    return String(key);
  }

  #scalar(node: Node, value: unknown, path: Path): Json {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
        throw this.#fault(node, path, `${value} is not a number that can be kept exactly`);
      default:
        if (value === null || value === undefined) return null;
        throw this.#fault(node, path, 'is neither a text, a number, true, false nor null');
    }
  }

  #fault(node: Node, path: Path, what: string): FireCampError {
    return this.#faultAt(node.range?.[0] ?? 0, path, what);
  }

  #faultAt(offset: number, path: Path, what: string): FireCampError {
    const place = this.#placeAt(offset);
    return documentFault({ file: this.#file, place: () => place }, path, what);
  }

  #placeOf(node: Node): Place {
    return this.#placeAt(node.range?.[0] ?? 0);
  }

  #placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}
