import { request } from 'undici';
export const x = request;
