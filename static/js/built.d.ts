/** Addresses of the codes reader, set by the build. */
declare const CODES_READER: string;
declare const CODES_WASM: string;
