// htmx extensions register themselves when imported; they give nothing to type.
export {};
