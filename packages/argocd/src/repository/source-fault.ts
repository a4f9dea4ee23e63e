/** Codes of gRPC that Argo CD's repository server answers with. */
export type RpcCode =
  'Unknown' | 'Internal' | 'FailedPrecondition' | 'NotFound' | 'Unimplemented' | 'PermissionDenied';

/** Where repositories are checked out; only errors show it, and never as it is. */
export const checkoutRoot = '/tmp/_argocd-repo';

/**
 * An expected failure to make manifests, in Argo CD's words. It is thrown inside of this folder alone, and
 * becomes an answer.
 */
export class SourceFault extends Error {
  readonly code: RpcCode;

  constructor(message: string, code: RpcCode = 'Unknown') {
    super(message);
    this.code = code;
  }

  /** As an error of Go prints itself: one with a code of its own says so. */
  get text(): string {
    return this.code === 'Unknown' ? this.message : rpcError(this.code, this.message);
  }
}

/** Something that Argo CD does and this does not: refused by name, never guessed. */
export class NotModelled extends SourceFault {
  constructor(what: string) {
    super(
      `${what} is not modelled; use Helm, plain manifests or a kustomization that only lists resources`,
      'Unimplemented',
    );
  }
}

/** An error as it arrives at the client of a gRPC server. */
export function rpcError(code: RpcCode, message: string): string {
  return `rpc error: code = ${code} desc = ${message}`;
}

/** What a client of the repository server sees of a fault; where repositories lie is hidden. */
export function answeredFault(fault: SourceFault): string {
  const shown = fault.message.replace(/\/tmp\/_argocd-repo\/[^ /]*/g, '<path to cached source>');
  return rpcError(fault.code, shown);
}
