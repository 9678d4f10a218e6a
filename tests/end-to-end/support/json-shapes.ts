import type { Shape } from './shape.ts';

// What `--output json` prints, command by command. A key that is here keeps its name and its type for
// whoever reads it in a program: what is changed here breaks them. New keys may come.

const OPERATION = {
  id: 'string',
  kind: 'string',
  service: 'string',
  state: 'string',
  who: 'string',
  why: 'string',
  'runner?': 'string',
  cancel: 'boolean',
  stepsDone: 'number',
  stepsTotal: 'number',
  steps: [
    { id: 'string', sinceMs: 'number', attempts: 'number', lastError: 'string', remedy: 'string' },
  ],
  error: 'string',
  createdMs: 'number',
  'endedMs?': 'number',
} as const satisfies Shape;

const SERVICE = {
  name: 'string',
  uid: 'string',
  recipe: 'string',
  // As the recipe has it.
  spec: 'object',
  members: 'number',
  running: 'boolean',
  addressing: 'string',
  deletion: 'string',
  state: 'string',
  'isolation?': { stopAfterMs: 'number' },
  'operation?': 'string',
  leader: 'number',
  createdMs: 'number',
} as const satisfies Shape;

const MEMBER = {
  name: 'string',
  ordinal: 'number',
  phase: 'string',
  generation: 'number',
  'node?': 'string',
  'zone?': 'string',
  ready: 'boolean',
  role: 'string',
  'address?': 'string',
  'dnsName?': 'string',
  'task?': { id: 'string', state: 'string', message: 'string' },
  volumes: [{ id: 'string', role: 'string' }],
  unfenced: [{ node: 'string', boot: 'string' }],
  sinceMs: 'number',
  lastError: 'string',
} as const satisfies Shape;

/** Of a record that cannot be read; a list has it as `{ unreadable }`, as one more entry. */
const UNREADABLE = {
  collection: 'string',
  id: 'string',
  'name?': 'string',
  code: 'string',
  why: 'string',
} as const satisfies Shape;

const EXPLANATION = {
  member: 'string',
  phase: 'string',
  generation: 'number',
  'owner?': { node: 'string', boot: 'string', incarnation: 'string', task: 'string' },
  facts: ['string'],
  waitsFor: ['string'],
  lastError: 'string',
  remedies: ['string'],
} as const satisfies Shape;

const NODE = {
  id: 'string',
  'region?': 'string',
  'zone?': 'string',
  'boot?': 'string',
  'incarnation?': 'string',
  addresses: ['string'],
  'beat?': { state: 'string', seq: 'number', boot: 'string' },
  'orchestrator?': 'string',
  message: 'string',
  members: [{ member: 'string', state: 'string', role: 'string', ready: 'boolean' }],
} as const satisfies Shape;

const VOLUME = {
  id: 'string',
  member: 'string',
  serviceUid: 'string',
  sizeBytes: 'number',
  'zone?': 'string',
  state: 'string',
} as const satisfies Shape;

const CONNECTION = {
  member: 'string',
  scheme: 'string',
  host: 'string',
  port: 'number',
  user: 'string',
  database: 'string',
  url: 'string',
  dnsName: 'string',
  'passfile?': 'string',
} as const satisfies Shape;

const FAULT = { node: 'string', done: 'string', undone: ['string'] } as const satisfies Shape;

/** How a whole command line is called here, and what each line is that it prints. */
export const JSON_SHAPES: Readonly<Record<string, Shape>> = {
  '--version': { version: 'string' },
  init: { file: 'string', cluster: 'string', nodes: 'number' },
  up: { cluster: 'string', nodes: ['string'] },
  create: OPERATION,
  list: [SERVICE],
  status: {
    service: SERVICE,
    members: [MEMBER],
    'operation?': OPERATION,
    unreadable: [UNREADABLE],
  },
  logs: { member: 'string', atMs: 'number', stream: 'string', task: 'string', text: 'string' },
  'explain a member': EXPLANATION,
  'explain a service': [EXPLANATION],
  connect: CONNECTION,
  'connect --reveal': { ...CONNECTION, password: 'string' },
  dns: {
    name: 'string',
    type: 'string',
    values: ['string'],
    ttlSeconds: 'number',
    server: { address: 'string', port: 'number' },
  },
  adapters: {
    adapters: [
      {
        seam: 'string',
        'name?': 'string',
        'package?': 'string',
        'export?': 'string',
        'capabilities?': 'object',
      },
    ],
    recipes: [
      {
        name: 'string',
        summary: 'string',
        proven: 'string',
        membersMin: 'number',
        membersMax: 'number',
      },
    ],
  },
  conformance: [
    {
      seam: 'string',
      'adapter?': 'string',
      'report?': {
        contract: 'string',
        counts: { passed: 'number', failed: 'number', notRun: 'number' },
        cases: [
          {
            id: 'string',
            title: 'string',
            outcome: 'string',
            message: 'string',
            'requests?': 'object',
            durationMs: 'number',
          },
        ],
        'backendCalls?': 'object',
      },
    },
  ],
  'volumes list': [{ ...VOLUME, 'service?': 'string' }],
  'volumes remove': { removed: 'string', secrets: ['string'] },
  'operations list': [OPERATION],
  'operations show': OPERATION,
  'operations cancel': OPERATION,
  'operations resume': OPERATION,
  restart: OPERATION,
  stop: OPERATION,
  start: OPERATION,
  fence: { member: 'string', generation: 'number' },
  delete: { ...OPERATION, keptVolumes: [VOLUME] },
  'nodes list': [NODE],
  'nodes kill': FAULT,
  'nodes start': FAULT,
  'nodes pause': FAULT,
  'nodes resume': FAULT,
  'nodes partition': FAULT,
  'nodes heal': FAULT,
  down: { cluster: 'string', ran: 'boolean' },
};

/** What is printed to standard error instead, by every command. */
export const ERROR_SHAPE: Shape = {
  code: 'string',
  message: 'string',
  operation: 'string',
  subject: 'object',
};
