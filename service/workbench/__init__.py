"""For rule owners: checking rules and keeping what is generated from them fresh."""
