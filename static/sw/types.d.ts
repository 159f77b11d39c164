// What the build makes, and packages that come without types.
declare module "tour:built" {
  /** Precompiled templates, by name. */
  export const templates: Record<string, unknown>;
  /** Built files: source name → name with its hash. */
  export const assets: Record<string, string>;
  /** What the shell of the app is made of. */
  export const shell: string[];
  /** What a day in the field may need besides. */
  export const pack: string[];
  /** Names this build. */
  export const release: string;
}

declare module "nunjucks/browser/nunjucks-slim.js" {
  const nunjucks: any;
  export default nunjucks;
}
