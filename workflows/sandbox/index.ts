/** The bundle's one entry: every workflow type by its name. */
export { approvalWorkflow } from './approval-workflow.ts';
export { cardWorkflow } from './card-keeper.ts';
export { recordingWorkflow } from './recording-workflow.ts';
