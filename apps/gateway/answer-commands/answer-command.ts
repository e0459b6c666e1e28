import type { FastifyReply } from 'fastify';
import {
  CommandDecision,
  type AmendOrderResponse,
  type CancelOrderResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { ErrorCode } from '#libs/contracts/errors.js';
import type { Command } from '#libs/contracts/http/orders.js';
import { WaybillError } from '#libs/kernel/errors.js';

export type CommandAnswer = CancelOrderResponse | AmendOrderResponse;

/** How each refusal is told, in words. */
export type Refusals = Partial<Record<RefusalCode, string>>;
type RefusalCode = Extract<ErrorCode, 'TOO_LATE' | 'ALREADY_FINAL' | 'OUT_OF_STOCK' | 'VERSION_MISMATCH'>;

/** Answers with what is decided by now. @throws WaybillError with the code of a refusal. */
export async function answerCommand(
  reply: FastifyReply,
  id: string,
  waitS: number,
  answer: CommandAnswer,
  refusals: Refusals,
): Promise<void> {
  const command = presentCommand(answer, refusals);
  if (waitS > 0) reply.header('preference-applied', `wait=${waitS}`);
  if (command.status === 'pending') reply.code(202).header('location', `/v1/orders/${id}`);
  else reply.code(200);
  await reply.header('cache-control', 'no-store').send(command);
}

function presentCommand({ commandId, decision, version }: CommandAnswer, refusals: Refusals): Command {
  switch (decision) {
    case CommandDecision.PENDING:
      return { command: commandId, status: 'pending', version };
    case CommandDecision.ACCEPTED:
      return { command: commandId, status: 'accepted', version };
    case CommandDecision.TOO_LATE:
    case CommandDecision.ALREADY_FINAL:
    case CommandDecision.OUT_OF_STOCK:
    case CommandDecision.VERSION_MISMATCH: {
      const code = decision.slice('COMMAND_DECISION_'.length) as RefusalCode;
      throw new WaybillError(code, refusals[code] ?? 'The order goes on as it was.', { command: commandId });
    }
    default:
      throw new WaybillError('INTERNAL', `orders answered ${decision}`);
  }
}
