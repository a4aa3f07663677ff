import { explainRefusal } from '../../workflows/sandbox/approval-state.ts';
export const x = explainRefusal;
