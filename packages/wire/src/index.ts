export { machineNowMs } from './deadline.ts';
export { callRpc, type RpcTarget, streamRpc } from './rpc-client.ts';
export {
  type Call,
  checkSocketPath,
  type Methods,
  makePrivateFolder,
  type Page,
  type Stream,
  serveRpc,
} from './rpc-server.ts';
export { fromWire, statusOf, toWire, type WireError } from './wire-error.ts';
