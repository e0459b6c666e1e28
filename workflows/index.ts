/** The workflows that the worker runs. Their names here are their types in Temporal. */
export { fulfilOrder } from './fulfil-order/workflow.js';
