import { Client, WorkflowUpdateStage, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { engineUrl } from '#libs/testing/engine-urls.js';
import type { Decision } from '../../saga.js';
import {
  cancelUpdate,
  factSignal,
  SEARCH_ATTRIBUTES,
  TASK_QUEUE,
  workflowIdOf,
  WORKFLOW_TYPE,
  type Fact,
  type FulfilOrderResult,
} from '../contract.js';
import type { FulfilmentPolicy } from '../policy.js';
import { World } from './world.js';
