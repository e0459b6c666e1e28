import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { asUnavailable } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { toStatus } from './errors.js';

/** The one place where a service's errors become gRPC statuses. What is not typed is a bug: logged whole, told to nobody. */
@Catch()
export class GrpcErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, _host: ArgumentsHost): Observable<never> {
    const error = asUnavailable(thrown);
    return throwError(() => toStatus(isWaybillError(error) ? error : internal(error)));
  }
}

function internal(error: unknown): WaybillError {
  logger().error({ error }, 'a call failed for a reason that nobody foresaw');
  return new WaybillError('INTERNAL', 'Something is broken on our side; the log of this service says what');
}
