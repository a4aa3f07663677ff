import { GatewayError } from '../../gateway/errors.ts';
export const x = GatewayError;
