// The browser build of nunjucks ships no types, and is not written to be type-checked.
declare const nunjucks: any;
export default nunjucks;
