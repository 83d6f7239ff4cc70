"""Other rule engines with our rules: one module an engine, with a translation of the rules and the fastest call."""
