/**
 * Node's module for HTTP. An import of it reads all that it exports, and with that loads Node's
 * client of WebSockets: 30 ms at the start of a program, and memory for as long as it runs.
 */
export const http: typeof import('node:http') = process.getBuiltinModule('node:http');
