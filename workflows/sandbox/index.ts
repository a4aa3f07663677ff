/** The bundle's one entry: every workflow type by its name. */
export { approvalWorkflow } from './approval-workflow.ts';
export { cardWorkflow } from './card-keeper.ts';
export { farewellWorkflow } from './farewell-workflow.ts';
export { toolAlarmWorkflow } from './tool-alarm-workflow.ts';
export { recordingWorkflow } from './recording-workflow.ts';
