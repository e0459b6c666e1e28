import { applyDecorators, RequestMapping, RequestMethod, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Operation } from '#libs/contracts/http/operation.js';
import { WaybillError } from '#libs/kernel/errors.js';

const METHODS = { get: RequestMethod.GET, post: RequestMethod.POST, patch: RequestMethod.PATCH } as const;
const OPERATION = Symbol('waybill.operation');

/** Serves one operation of the public API: its method, path, access and input are those that the contract declares. */
export function Serves(operation: Operation): MethodDecorator {
  const method = METHODS[operation.method];
  return applyDecorators(
    RequestMapping({ path: routerPath(operation.path), method }),
    SetMetadata(OPERATION, operation),
  );
}

/** The operation that a handler serves; none for probes and pages. */
export function operationServedBy(context: ExecutionContext): Operation | undefined {
  return Reflect.getMetadata(OPERATION, context.getHandler()) as Operation | undefined;
}

/** @throws WaybillError INTERNAL for a handler without @Serves. */
export function requireOperation(context: ExecutionContext): Operation {
  const operation = operationServedBy(context);
  if (operation === undefined)
    throw new WaybillError('INTERNAL', `${context.getHandler().name} serves no operation: decorate it with @Serves`);
  return operation;
}

/** `/v1/orders/{id}` as the router writes it: `/v1/orders/:id`. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
